import { expect, test } from 'vitest';

import { type Import, importsOf, sourceFiles } from './source-files.ts';

/** Who imports whom, types included; a noun may always import itself. Who is not here imports nothing of ours. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  registry: ['domain'],
  store: ['domain'],
  queue: ['domain'],
  delivery: ['domain'],
  alerting: ['domain'],
  broadcast: ['domain', 'html.ts', 'picture/drawing.ts', 'picture/marks.ts'],
  picture: ['domain', 'html.ts'],
  command: ['domain', 'redaction.ts'],
  health: ['domain', 'html.ts', 'picture/drawing.ts', 'picture/marks.ts'],
  gateway: ['domain'],
  oncall: ['domain'],
  linking: ['domain'],
  sources: ['domain', 'statistics/record.ts', 'statistics/sites/index.ts'],
  statistics: ['domain', 'sources/http.ts', 'health/in-words.ts'],
  remediation: ['domain', 'redaction.ts'],
  runbooks: ['domain'],
  chat: ['domain'],
  nodes: ['domain', 'health', 'flagday'],
  flagday: ['domain', 'health/in-words.ts', 'nodes/poll.ts'],
  http: ['domain', 'html.ts'],
  config: ['domain', 'chat/*/config.ts'],
  commands: [
    'domain',
    'command',
    '*/card.ts',
    'broadcast/board.ts',
    'broadcast/report.ts',
    'flagday/card.ts',
    'health/reasons.ts',
    'health/table.ts',
    'health/why.ts',
    'statistics/line.ts',
    'health/glance-card.ts',
    'health/heat-map.ts',
    'health/history-card.ts',
  ],
  trial: ['domain', 'http/dashboard/trial.ts'],
  metrics: ['domain'],
  'metrics.ts': ['domain'],
  'log.ts': ['redaction.ts'],
};
const KNOW_EVERYONE = new Set(['app', 'app.ts', 'main.ts']);

/** Packages that only their adapter knows. */
const ADAPTED: Readonly<Record<string, readonly string[]>> = {
  'discord.js': ['chat/discord/'],
  'matrix-bot-sdk': ['chat/matrix/'],
  nodemailer: ['chat/email/'],
  grammy: ['chat/telegram/'],
  '@kubernetes/client-node': ['remediation/executors/kubernetes/'],
  ws: ['remediation/executors/kubernetes/'],
  axios: ['chat/discord/', 'chat/matrix/', 'nodes/', 'remediation/executors/kubernetes/', 'sources/'],
  bullmq: ['queue/'],
  ssh2: ['remediation/executors/ssh/'],
  ioredis: ['queue/', 'store/'],
  fastify: ['http/'],
  'prom-client': ['http/', 'metrics.ts'],
  '@resvg/resvg-wasm': ['picture/'],
  yaml: ['registry/'],
  dotenv: ['config/'],
};

/** What lies beside each other in these folders does not import each other, but for what they share. */
const NEIGHBOURS: Readonly<Record<string, readonly string[]>> = {
  commands: [],
  chat: ['words.ts', 'pictures.ts', 'watch.ts'],
  nodes: [
    'kind.ts',
    'way.ts',
    'check.ts',
    'grade.ts',
    'hands.ts',
    'notary-wallet.ts',
    'poll.ts',
    'supervisors',
  ],
  'nodes/iguana/checks': ['check.ts'],
  'nodes/corda/checks': ['check.ts'],
  'nodes/corda/remedies': [],
  'nodes/kubernetes/checks': ['check.ts'],
  'nodes/kubernetes/remedies': [],
  'nodes/utxo/checks': ['check.ts'],
  'nodes/iguana/remedies': [],
  'nodes/utxo/remedies': [],
  'http/ingress': [],
  'http/api': [],
  'remediation/executors': [
    'files.ts',
    'gate.ts',
    'gate',
    'proc.ts',
    'remembered.ts',
    'started.ts',
    'whole.ts',
  ],
};
/** The lists, which know all of them. */
const LIST = /^(index|platforms|kinds)\.ts$/;

const inside = (path: string): string => path.replace(/^src\//, '');
const nounOf = (path: string): string => inside(path).split('/')[0] ?? '';
const isOurs = ({ name }: Import): boolean => /^(src|commands|test)\//.test(name);
const imports = sourceFiles.flatMap(importsOf);
const said = (found: readonly Import[]): readonly string[] =>
  found.map(({ file, name }) => `${file} → ${name}`);

function fits(path: string, pattern: string): boolean {
  const words = pattern.split('*').map((part) => part.replaceAll('.', '\\.'));
  return new RegExp(`^${words.join('[^/]+')}(/|$)`).test(path);
}

test('nobody imports whom they may not', () => {
  const wrong = imports.filter((one) => {
    const [from, to] = [nounOf(one.file), nounOf(one.name)];
    if (!isOurs(one) || from === to || KNOW_EVERYONE.has(from)) return false;
    return !MAY[from]?.some((pattern) => fits(inside(one.name), pattern));
  });
  expect(said(wrong)).toEqual([]);
});

test('the domain knows zod and hashing, and does nothing in the world', () => {
  const outside = imports.filter((one) => nounOf(one.file) === 'domain' && !isOurs(one));
  expect(new Set(outside.map(({ name }) => name))).toEqual(new Set(['zod', 'node:crypto']));
});

test('a package is known to its adapter only', () => {
  const wrong = imports.filter(({ file, name }) => {
    const homes = ADAPTED[name];
    return homes !== undefined && !homes.some((home) => inside(file).startsWith(home));
  });
  expect(said(wrong)).toEqual([]);
});

test.each(Object.entries(NEIGHBOURS))('adapters in %s do not import each other', (folder, shared) => {
  const adapterOf = (path: string): string | undefined => {
    const name =
      inside(path).startsWith(`${folder}/`) &&
      inside(path)
        .slice(folder.length + 1)
        .split('/')[0];
    return name && !LIST.test(name) && !shared.includes(name) ? name : undefined;
  };
  const wrong = imports.filter(({ file, name }) => {
    // `notice.ts` and the folder `notice/` beside it are one.
    const [from, to] = [adapterOf(file), adapterOf(name)].map((one) => one?.replace(/\.ts$/, ''));
    return from !== undefined && to !== undefined && from !== to;
  });
  expect(said(wrong)).toEqual([]);
});

test('a path with dots stays inside its noun; across nouns it begins with #', () => {
  const relative = imports.filter(({ written }) => written.startsWith('.'));
  const climbing = relative.filter(
    ({ file, name }) => nounOf(file) !== nounOf(name) && inside(file).includes('/'),
  );
  expect(relative.length).toBeGreaterThan(0);
  expect(said(climbing)).toEqual([]);
});
