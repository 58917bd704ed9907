import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

import { UserError } from '#src/domain/errors.ts';
import { createFleetFile } from '#src/registry/edit.ts';
import { temporaryFolder } from '#test/real/folder.ts';

const FLEET = `# Our fleet
network: n # the season

rooms:
  - { id: notaries, matrix: '!n:x' } # everybody

teams:
  - id: t
    seats: [ { id: s } ]

nodes:
  # the main server
  - id: first
    seat: s
    access: { kind: local } # it runs here
    services:
      - { id: KMD, kind: utxo, rpc: { url: 'http://127.0.0.1:7771', user: u, password: '\${KMD_PASSWORD}' } }

  # the third-party server
  - id: second
    seat: s
    access: { kind: local }
    services: []

patrol: { every: 30s } # not too often
`;

function fleetFile(content = FLEET, written?: () => Promise<void>) {
  const { path: folder, [Symbol.dispose]: dispose } = temporaryFolder('fleet');
  onTestFinished(() => dispose());
  const path = join(folder, 'fleet.yaml');
  writeFileSync(path, content, { mode: 0o640 });
  const file = createFleetFile({
    file: path,
    lookup: (name) => (name === 'KMD_PASSWORD' ? 'p' : undefined),
    known: { kinds: new Map([['utxo', z.strictObject({})]]) },
    written,
  });
  return { file, folder, path, text: () => readFileSync(path, 'utf8') };
}

describe('adding', () => {
  test.each([
    ['YAML', 'id: third\nseat: s\naccess: { kind: local }\nservices:\n  - { id: A, kind: utxo }'],
    ['JSON', '{"id":"third","seat":"s","access":{"kind":"local"},"services":[{"id":"A","kind":"utxo"}]}'],
  ])('a node in %s: the rest stays as it was, comments and all', async (_name, source) => {
    const { file, text } = fleetFile();
    expect(await file.addNode(source)).toBe('third');
    const [before, after = ''] = FLEET.split('\npatrol');
    expect(text().startsWith(before ?? '?')).toBe(true);
    expect(text().endsWith(`\npatrol${after}`)).toBe(true);
    expect(text()).toContain('  - id: third\n    seat: s\n    access:\n      kind: local\n');
  });

  test('to a file without nodes, with none, with an empty list', async () => {
    const node = '{ id: third, seat: s, access: { kind: local } }';
    const head = FLEET.slice(0, FLEET.indexOf('nodes:'));
    for (const nodes of ['', 'nodes:\n', 'nodes: []\n']) {
      const { file, text } = fleetFile(head + nodes);
      await file.addNode(node);
      expect(text()).toContain('nodes:\n  - id: third\n');
    }
  });

  const withLogin = (access: string, url: string): string =>
    `{ id: third, seat: s, access: ${access}, services: [{ id: A, kind: utxo, rpc: { url: "${url}", user: u, password: "\${KMD_PASSWORD}" } }] }`;
  const SSH = '{ kind: ssh, host: evil.example, user: u, identityFile: k, hostKey: "SHA256:x" }';

  test.each(['http://127.0.0.1:7771', 'http://localhost:7771', 'http://[::1]:7771'])(
    'a login on this machine may be taken from a variable: %s',
    async (url) => {
      const { file, text } = fleetFile();
      await file.addNode(withLogin('{ kind: local }', url));
      expect(text().match(/\$\{KMD_PASSWORD\}/g)).toHaveLength(2);
    },
  );

  test.each([
    [
      '{ id: first, seat: s, access: { kind: local } }',
      /Nothing was changed.*there is another node "first"/s,
    ],
    ['{ id: third, seat: x, access: { kind: local } }', /there is no seat "x"/],
    ['{ id: third, seat: s, access: { kind: local }, color: red }', /there is no key "color"/],
    [
      '{ id: third, seat: s, access: { kind: local }, services: [{ id: A, kind: utox }] }',
      /no kind of service "utox"/,
    ],
    ['{ id: third', /^This is no YAML or JSON/],
    ['third', /^A node is a group of keys/],
    ['[1]', /^A node is a group of keys/],
    ['', /^A node is a group of keys/],
    [withLogin('{ kind: local }', 'http://evil.example'), /only as the user and password of an rpc on this/],
    [withLogin('{ kind: local }', 'http://127.0.0.1.evil.example'), /of an rpc on this machine/],
    [withLogin(SSH, 'http://127.0.0.1:7771'), /of an rpc on this machine/],
    ['{ id: t, services: [{ rpc: { cli: [/bin/sh, -c, reboot] } }] }', /names no program \(cli\)/],
    ['{ id: t, services: [{ update: { program: /sbin/reboot } }] }', /names no program \(update\)/],
    ['{ id: t, services: [{ restart: { stop: [reboot] } }] }', /names no program \(stop\)/],
    ['{ id: t, services: [{ workers: [{ id: a, exitCode: [/bin/x] }] }] }', /names no program \(exitCode\)/],
    ['{ id: t, services: [{ accept: [[/bin/x]] }] }', /names no program \(accept\)/],
    ['{ id: "${KMD_PASSWORD}", seat: s }', /may take variables only as the user and password/],
    ['{ id: t, services: [{ rpc: { url: "http://evil/${KMD_PASSWORD}" } }] }', /may take variables only/],
    ['{ id: t, access: { user: "${KMD_PASSWORD}" } }', /may take variables only/],
    ['a: &a [1]\nb: [*a, *a]', /^This node cannot be taken/],
  ])('refused, and the file stays: %s', async (source, words) => {
    const { file, text, folder } = fleetFile();
    const error = await file.addNode(source).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(words);
    expect(text()).toBe(FLEET);
    expect(readdirSync(folder)).toEqual(['fleet.yaml']);
  });
});

describe('removing', () => {
  test('a node goes, everything else stays', async () => {
    const { file, text } = fleetFile();
    await file.removeNode('second');
    const from = FLEET.indexOf('\n  # the third-party server');
    expect(text()).toBe(FLEET.slice(0, from) + FLEET.slice(FLEET.indexOf('\npatrol')));
  });

  test('the last one too', async () => {
    const { file, text } = fleetFile();
    await file.removeNode('first');
    await file.removeNode('second');
    expect(text()).toMatch(/^nodes:(\n *#.*|\n)*\s+\[\]$/m);
  });

  test('one that is not there is said', async () => {
    const { file, text } = fleetFile();
    await expect(file.removeNode('third')).rejects.toThrow(
      new UserError('There is no node "third" in the fleet file.'),
    );
    expect(text()).toBe(FLEET);
  });
});

describe('the file', () => {
  test('changes at the same moment follow each other', async () => {
    const { file, text } = fleetFile();
    const add = (id: string) => file.addNode(`{ id: ${id}, seat: s, access: { kind: local } }`);
    await Promise.allSettled([add('a'), add('b'), add('first'), file.removeNode('second'), add('c')]);
    expect([...text().matchAll(/^ {2}- id: (\w+)$/gm)].map(([, id]) => id)).toEqual([
      't',
      'first',
      'a',
      'b',
      'c',
    ]);
  });

  test('keeps its mode; a link stays a link; whoever follows it is told', async () => {
    let told = 0;
    const { path, folder } = fleetFile(FLEET);
    symlinkSync('fleet.yaml', join(folder, 'link.yaml'));
    const linked = createFleetFile({
      file: join(folder, 'link.yaml'),
      lookup: () => 'p',
      written: async () => void told++,
    });
    await linked.removeNode('second');
    expect(told).toBe(1);
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(
      readdirSync(folder, { withFileTypes: true })
        .find(({ name }) => name === 'link.yaml')
        ?.isSymbolicLink(),
    ).toBe(true);
    expect(readFileSync(path, 'utf8')).not.toContain('second');
  });

  test('one with faults of its own is not touched', async () => {
    const { file, text } = fleetFile(FLEET.replace('network: n', 'netwrok: n'));
    await expect(file.removeNode('second')).rejects.toThrow(
      /has faults already; mend them first:\nfleet\.yaml:2/,
    );
    expect(text()).toContain('second');
  });

  test('one that is not there is said', async () => {
    const { folder } = fleetFile();
    const file = createFleetFile({ file: join(folder, 'none.yaml'), lookup: () => undefined });
    await expect(file.removeNode('x')).rejects.toThrow(UserError);
  });
});
