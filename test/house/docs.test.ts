import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { parse, stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { commands } from '#commands/index.ts';
import { HEARTBEAT_MISSING } from '#src/alerting/heartbeats.ts';
import { callOf, splitWords } from '#src/command/parse.ts';
import { VARIABLES } from '#src/config/schema.ts';
import { PATROL_ALERTNAMES } from '#src/health/alertnames.ts';
import { LISTINGS } from '#src/http/api/index.ts';
import { INGRESSES } from '#src/http/ingress/index.ts';
import { kinds } from '#src/nodes/kinds.ts';
import { parseFleet } from '#src/registry/parse.ts';
import { FleetFileShape } from '#src/registry/schema.ts';
import { parseRunbook } from '#src/runbooks/markdown.ts';
import { root } from '#test/real/root.ts';

import { sourceFiles } from './source-files.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...['docs', 'docs/alerts', 'docs/remedies'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

const sectionsOf = (page: string): readonly string[] =>
  Array.from(page.matchAll(/^## (.+)$/gm), ([, title = '']) => title);
/** Everything that the pattern's first group finds, each once, sorted. */
const found = (pattern: RegExp, ...texts: readonly string[]): readonly string[] =>
  [
    ...new Set(texts.flatMap((text) => Array.from(text.matchAll(pattern), ([, name = '']) => name))),
  ].toSorted();
const sourcesUnder = (folder: string): readonly string[] =>
  sourceFiles.filter((file) => file.startsWith(folder)).map(read);
/** The words of the code blocks in a language. */
const blocksOf = (page: string, language: string): readonly string[] =>
  Array.from(page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms')), ([, block = '']) => block);

describe('alerts', () => {
  const declared = [
    HEARTBEAT_MISSING,
    ...PATROL_ALERTNAMES,
    ...kinds.flatMap(({ checks }) => checks.flatMap(({ alertnames }) => alertnames)),
  ];
  const folder = 'docs/alerts/';
  const names = pages
    .filter((page) => page.startsWith(folder) && !page.endsWith('README.md'))
    .map((page) => page.slice(folder.length, -'.md'.length));

  test('each that can be raised has its page, and no page is about another', () => {
    expect(declared.length).toBeGreaterThan(8);
    expect(names.toSorted()).toEqual([...new Set(declared)].toSorted());
  });

  test('none is raised that is not declared', () => {
    const written = found(
      /alertname: '(\w+)'/g,
      ...sourcesUnder('src/nodes/'),
      ...sourcesUnder('src/health/'),
      ...sourcesUnder('src/alerting/'),
    );
    expect(written.length).toBeGreaterThan(8);
    // A row of `health` that is never more than unknown, and so no alert.
    expect(written.filter((name) => name !== 'LookFailed' && !declared.includes(name))).toEqual([]);
  });

  test.each(names)('%s: what it means, from when on, how to confirm it, what to do, the remedy', (name) => {
    const page = read(`${folder}${name}.md`);
    const { title, passages } = parseRunbook(page);
    expect(title).toBe(name);
    expect(sectionsOf(page)).toEqual(['Means', 'From', 'Confirm', 'Do', 'Remedy']);
    expect(passages.filter(({ kind }) => kind === 'code').length).toBeGreaterThan(0);
    // Nothing that is left over of a Markdown which Tocsin's own page cannot show.
    const words = passages.flatMap((passage) =>
      passage.kind === 'words' ? passage.spans : passage.kind === 'list' ? passage.items.flat() : [],
    );
    const plain = words.flatMap((span) => (span.kind === 'plain' ? span.text : []));
    expect(plain.filter((text) => /[`|]|\*\*|\]\(|^\s*[#>]/.test(text))).toEqual([]);
  });

  test('the index leads to each', () => {
    const linked = found(/^- \[\w+\]\((\w+)\.md\)/gm, read(`${folder}README.md`));
    expect(linked).toEqual(names.toSorted());
  });
});

describe('remedies', () => {
  const remedies = kinds.flatMap((kind) => kind.remedies);
  const ids = [...new Set(remedies.map(({ id }) => id))].toSorted();
  const folder = 'docs/remedies/';
  const named = pages.filter((page) => page.startsWith(folder)).map((page) => page.slice(folder.length, -3));

  test('each that a kind of node has has its page, and no page is about another', () => {
    expect(ids.length).toBeGreaterThan(1);
    expect(named.toSorted()).toEqual(ids);
  });

  test('the overview leads to each, with its risk', () => {
    const rows = Array.from(
      read('docs/remedies.md').matchAll(/^\| \[([a-z-]+)\]\(remedies\/\1\.md\) +\|[^|]+\| (\w+) +\|/gm),
      ([, id, risk]) => `${id} ${risk}`,
    );
    expect(rows.toSorted()).toEqual([...new Set(remedies.map(({ id, risk }) => `${id} ${risk}`))].toSorted());
  });

  test.each(named)('%s: what must hold, its steps, what an interruption does, risk, way back', (id) => {
    const page = read(`${folder}${id}.md`);
    expect(page).toMatch(new RegExp(`^# ${id}\n`));
    expect(sectionsOf(page)).toEqual(
      expect.arrayContaining(['Before', 'Steps', 'When it is interrupted', 'Risk', 'Way back']),
    );
    const risk = remedies.find((remedy) => remedy.id === id)?.risk;
    expect(page).toContain(`Risk: **${risk}**`);
  });
});

test('every variable stands in docs/configuration.md, and no other does', () => {
  const named = found(/^\| `([A-Z_]+)`/gm, read('docs/configuration.md'));
  expect(named).toEqual(VARIABLES.toSorted());
});

test('every key of the fleet file, and every threshold, stands in docs/fleet-file.md', () => {
  const page = read('docs/fleet-file.md');
  const schema = JSON.stringify(z.toJSONSchema(FleetFileShape, { io: 'input', unrepresentable: 'any' }));
  const keys: string[] = [];
  JSON.parse(schema, (key, value: unknown) => {
    if (key === 'properties') keys.push(...Object.keys(value as object));
    return value;
  });
  const thresholds = kinds.flatMap((kind) => Object.keys(kind.thresholds));
  expect(keys.length).toBeGreaterThan(30);
  expect(thresholds.length).toBeGreaterThan(8);
  expect(keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(page))).toEqual([]);
  expect(thresholds.filter((name) => !page.includes(`| \`${name}\``))).toEqual([]);
});

test('the pieces of docs/fleet-file.md are together a fleet file without a fault', () => {
  const pieces = blocksOf(read('docs/fleet-file.md'), 'yaml').map((block) => parse(block) as object);
  const file: object = Object.assign({}, ...pieces);
  const { faults } = parseFleet(stringify(file), { lookup: () => 'secret', folder: root });
  expect(pieces.length).toBeGreaterThan(5);
  expect(faults).toBeUndefined();
});

describe('commands', () => {
  const names = commands.map(({ name }) => name);

  test('those of the README are those there are', () => {
    const table = read('README.md').split('## Commands')[1]?.split('\n## ')[0] ?? '';
    expect(found(/^\| `([a-z]+)`/gm, table)).toEqual(names.toSorted());
  });

  test('those that were promised are all there', () => {
    const promised = ['health', 'fleet', 'node', 'alerts', 'ack', 'silence', 'notice', 'remedy', 'approve'];
    promised.push('deny', 'flagday', 'oncall', 'link', 'audit', 'drill', 'help');
    expect(names).toEqual(expect.arrayContaining(promised));
  });

  test('every line that begins with one of them is one that is understood', () => {
    const spans = pages.flatMap((page) => found(/`([^`\n]+)`/g, read(page)));
    // Two plain words may be the name of a subcommand: then that is looked for.
    const lines = spans.map((span) => span.replace(/^!tocsin /, '').split(' ')).filter(([, word]) => word);
    const ours = lines.filter(([name = '']) => names.includes(name));
    const typed = ours.filter((words) => !/[[…|]/.test(words.join('')));
    expect(typed.length).toBeGreaterThan(5);
    for (const [name, ...words] of typed) {
      const command = commands.find((one) => one.name === name)!;
      const [action, ...rest] = command.actions.length > 0 ? words : [undefined, ...words];
      const isName = rest.length === 0 && command.actions.some((one) => one.name === action);
      const line = [name, ...words].join(' ');
      if (!isName) expect(() => callOf(command, action, splitWords(rest.join(' '))), line).not.toThrow();
    }
  });
});

test('every way in, and everything that can be read, stands in docs/ingress.md', () => {
  const page = read('docs/ingress.md');
  const paths = [
    ...INGRESSES.map(({ path }) => `/ingress${path}`),
    ...LISTINGS.map(({ path }) => `/api${path}`),
  ].map((path) => path.replace(/\/:\w+(?=[./])/, '/ID').replace(/\/:\w+/, ''));
  expect(paths.filter((path) => !page.includes(path))).toEqual([]);
});

test('the JSON and the bodies of docs/ingress.md are taken by the schemas of their call', async () => {
  const { Signal } = await import('#src/domain/alert.ts');
  const { Announcement } = await import('#src/domain/notice.ts');
  const bodies = Array.from(
    read('docs/ingress.md').matchAll(/\/ingress\/(alerts|notices)".*? -d '(.*?)'/gs),
    ([, name = '', body = '']) => [name, JSON.parse(body) as unknown] as const,
  );
  expect(bodies.map(([name]) => name)).toEqual(['alerts', 'notices']);
  for (const [name, body] of bodies) (name === 'alerts' ? Signal : Announcement).parse(body);
});

test('docs/security.md allows every call that is made to a daemon, and no other', () => {
  const called = found(/(?:\bcall\(|method: )'([a-z]+)'/g, ...sourcesUnder('src/nodes/utxo/'));
  const [looking = '', all = ''] = read('docs/security.md').match(/^rpcwhitelist=.*$/gm) ?? [];
  const listOf = (line: string) => line.replace(/^.*:/, '').split(',');
  expect(listOf(all).toSorted()).toEqual(called);
  expect(listOf(all)).toEqual(expect.arrayContaining(listOf(looking)));
});

test('the permissions of the invitation are those that docs/connect-discord.md lists', () => {
  const page = read('docs/connect-discord.md');
  const rows = Array.from(page.matchAll(/^\| ([A-Z][A-Za-z ]+?) +\| +`(\d+)`/gm), ([, name, bit]) => [
    name,
    bit,
  ]);
  // https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags
  expect(Object.fromEntries(rows)).toEqual({
    'View Channels': String(2 ** 10),
    'Send Messages': String(2 ** 11),
    'Embed Links': String(2 ** 14),
    'Attach Files': String(2 ** 15),
    'Read Message History': String(2 ** 16),
    'Send Messages in Threads': String(2 ** 38),
  });
  const sum = rows.reduce((total, [, bit]) => total + Number(bit), 0);
  expect(found(/permissions=(\d+)/g, page)).toEqual([String(sum)]);
  expect(read('README.md')).toContain(`\`${sum}\``);
});

describe('links', () => {
  const withoutCode = (page: string): string => read(page).replaceAll(/^```.*?^```/gms, '');
  /** As GitHub makes them. */
  const anchorsOf = (page: string): readonly string[] =>
    Array.from(withoutCode(page).matchAll(/^#+ (.+)$/gm), ([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
  const links = pages.flatMap((page) =>
    Array.from(withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g), ([, to = '']) => ({ page, to })),
  );

  test('relative ones lead to files that are there, and to sections that are in them', () => {
    const relative = links.filter(({ to }) => !/^https?:/.test(to));
    const broken = relative.filter(({ page, to }) => {
      const [path = '', anchor] = to.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && !anchorsOf(file).includes(anchor);
    });
    expect(relative.length).toBeGreaterThan(30);
    expect(broken.map(({ page, to }) => `${page}: ${to}`)).toEqual([]);
  });

  test('every page of docs is reached from the README', () => {
    const reached = found(/\]\((docs\/[\w-]+(?:\/README)?\.md)/g, read('README.md'));
    const own = pages.filter((page) => /^docs\/[\w-]+(?:\/README)?\.md$/.test(page));
    expect(reached).toEqual(own.toSorted());
  });
});

test('files that the documents name in code are there', () => {
  const named = pages.flatMap((page) =>
    found(/`((?:src|test|commands|setup)\/[\w./-]+\.(?:ts|mjs))`/g, read(page)),
  );
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
