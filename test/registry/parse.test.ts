import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { stringify } from 'yaml';

import type { Lookup } from '#src/registry/document.ts';
import { FleetError, faultLine } from '#src/registry/fault.ts';
import { parseFleet } from '#src/registry/parse.ts';
import { root } from '#test/real/root.ts';

const secrets: Readonly<Record<string, string>> = { KMD_PASSWORD: 'hunter2', BAD_URL: 'no-address-hunter3' };
const parsing = { lookup: (name: string) => secrets[name], folder: '/etc/tocsin' };

const faultsOf = (source: string, known = {}): readonly string[] =>
  (parseFleet(source, { ...parsing, known }).faults ?? []).map((fault) => faultLine('/x/fleet.yaml', fault));

function fleetIn(source: string, lookup: Lookup = parsing.lookup) {
  const parsed = parseFleet(source, { ...parsing, lookup });
  if (parsed.faults) throw new FleetError('fleet.yaml', parsed.faults);
  return parsed.fleet;
}

const HEAD = `network: n
rooms:
  - { id: notaries, matrix: '!n:x' }
`;

describe('a fleet', () => {
  const fleet = fleetIn(readFileSync(`${root}/fleet.example.yaml`, 'utf8'));

  test('fleet.example.yaml parses, with every lookup in place', () => {
    expect(fleet.network).toBe('example-season-1');
    expect(fleet.room('ops')?.addresses).toEqual({
      discord: '1100000000000000002',
      matrix: '!ops:example.org',
    });
    expect(fleet.speaker('matrix', '@carol:example.org')?.id).toBe('carol');
    expect(fleet.operator('bob')).toEqual({
      id: 'bob',
      role: 'notary',
      team: 'alright',
      handles: { discord: '1100000000000000012', email: 'bob@example.org' },
    });
    expect(fleet.seatsOf(fleet.operator('alice')!.id)).toEqual([
      { id: 'alright_DEV', region: 'DEV', team: 'alright' },
    ]);
    expect(fleet.routes).toEqual([
      { match: { severity: 'critical' }, rooms: ['ops'], direct: true },
      { match: {}, rooms: ['notaries'], direct: false },
    ]);
    expect(fleet.patrol).toMatchObject({ everyMs: 30_000, keepMs: 7 * 86_400_000 });
  });

  test('variables stand where they were named, and paths are whole', () => {
    expect(fleet.target('alright-dev-main', 'KMD')?.service.rpc).toEqual({
      url: 'http://127.0.0.1:7771',
      user: 'tocsin',
      password: 'hunter2',
    });
    expect(fleet.target('alright-dev-main', 'LTC')?.service.rpc).toEqual({
      conf: `${homedir()}/.litecoin/litecoin.conf`,
    });
    expect(fleet.node('brightly-eu-main')?.access).toMatchObject({
      kind: 'ssh',
      port: 22,
      identityFile: '/etc/tocsin/keys/brightly',
    });
  });

  test('thresholds: the service’s figure before the node’s before the coin’s, each figure by itself', () => {
    expect(fleet.target('brightly-eu-main', 'KMD')?.thresholds).toEqual({
      balance: { warn: 0.5, critical: 0.02 },
      peers: { warn: 8 },
    });
    expect(fleet.target('alright-dev-main', 'KMD')?.thresholds).toEqual({
      balance: { warn: 0.1, critical: 0.02 },
    });
  });

  test('paths on another machine stay as they are', () => {
    const remote = fleetIn(`${HEAD}teams: [{ id: t, seats: [{ id: s }] }]
nodes:
  - id: n
    seat: s
    access: { kind: ssh, host: h, user: u, identityFile: k, hostKey: 'SHA256:x' }
    services: [{ id: A, kind: utxo, rpc: { conf: ~/.x/x.conf }, walletFile: w.dat }]
`);
    expect(remote.node('n')?.services[0]).toMatchObject({
      rpc: { conf: '~/.x/x.conf' },
      walletFile: 'w.dat',
    });
  });

  test('groups left empty are empty', () => {
    expect(fleetIn(`${HEAD}routes:\ncoins:\nteams:\nnodes:\n`)).toMatchObject({
      routes: [],
      nodes: [],
      operators: [],
    });
  });

  test('JSON is YAML; anchors and merges work; $${ stays', () => {
    expect(
      fleetIn(JSON.stringify({ network: '$${x}', rooms: [{ id: 'notaries', console: 'n' }] })).network,
    ).toBe('${x}');
    const merged = fleetIn(`${HEAD}teams: [{ id: t, seats: [{ id: s }] }]
nodes:
  - &one { id: n1, seat: s, access: { kind: local }, services: [] }
  - { <<: *one, id: n2 }
`);
    expect(merged.nodes.map(({ id, seat }) => [id, seat])).toEqual([
      ['n1', 's'],
      ['n2', 's'],
    ]);
  });

  test('a variable’s value is text, whatever it looks like', () => {
    const source = `${HEAD}teams: [{ id: "\${T}", seats: [] }]`;
    expect(() => fleetIn(source, () => 'a, seats: [{ id: x }]')).toThrow('teams[0].id: must be letters');
  });
});

const team = (operators: string): string =>
  `${HEAD}teams:\n  - id: t\n    seats: [{ id: s }]\n    operators:\n${operators}`;

const node = (line: string): string =>
  `${HEAD}coins: [{ id: KMD }]\nteams: [{ id: t, seats: [{ id: seat_EU }] }]\nnodes:\n  - ${line}\n`;
const service = (words: string): string =>
  node(`{ id: n, seat: seat_EU, access: { kind: local }, services: [${words}] }`);

describe('faults', () => {
  test.each([
    ['', ['fleet.yaml: is empty']],
    ['# nothing\n', ['fleet.yaml: is empty']],
    [
      'a: [1',
      ['fleet.yaml:1: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    ['a: 1\na: 2', ['fleet.yaml:2: Map keys must be unique']],
    ['a: 1\n---\nb: 2', ['fleet.yaml:2: holds more than one document: remove the line ---']],
    ['rooms:\n  - matrix: !room:x', ['fleet.yaml:2: text that begins with ! must be in quotes']],
    [
      'rooms:\n  - matrix: @room:x',
      [
        'fleet.yaml:2: Plain value cannot start with reserved character @: text that begins with @ must be in quotes',
      ],
    ],
    [
      `a: &a [x, x]\nb: &b [${'*a, '.repeat(10)}]\nc: &c [${'*b, '.repeat(10)}]\nd: [${'*c, '.repeat(10)}]`,
      ['fleet.yaml: Excessive alias count indicates a resource exhaustion attack'],
    ],
  ])('of YAML: %j', (source, faults) => {
    expect(faultsOf(source)).toEqual(faults);
  });

  test.each([
    ['network: 5', 'network: must be text: put it in quotes', 4],
    ['colour: red', ': there is no key "colour" here; there are network, rooms', 4],
    ['node: []', ': there is no key "node" here (did you mean "nodes"?)', 4],
    ['coins: KMD', 'coins: must be a list', 4],
    ['coins:\n  - { profile: komodo }', 'coins[0].id: is missing: it must be text', 5],
    ['coins:\n  - { id: a b }', 'coins[0].id: must be letters, digits, _ . or -', 5],
    ['coins:\n  - { id: A }\n  - { id: B }\n  - { id: A }', 'coins[2].id: there is another coin "A"', 7],
    ['coins: [{ id: A, utxoSats: 0.5 }]', 'coins[0].utxoSats: must be a whole number', 4],
    [
      'coins: [{ id: A, thresholds: { peers: {} } }]',
      'coins[0].thresholds.peers: needs warn, critical or both',
      4,
    ],
    ['coins: [{ id: A, thresholds: { peers: 4 } }]', 'coins[0].thresholds.peers: must be a group of keys', 4],
    [
      'coins: [{ id: A, thresholds: { peer: { warn: 1 } } }]',
      'there is no check "peer" (did you mean "peers"?)',
      4,
    ],
    [
      'coins: [{ id: A, profile: komod }]',
      'coins[0].profile: there is no profile "komod" (did you mean "komodo"?)',
      4,
    ],
    ['routes:\n  - { rooms: [ops] }', 'routes[0].rooms[0]: there is no room "ops"', 5],
    [
      'routes: [{ match: { severity: crit } }]',
      'must be one of critical, warning, info, not "crit" (did you mean "critical"?)',
      4,
    ],
    ['routes: [{ match: { seat: s } }]', 'routes[0].match.seat: there is no seat "s"', 4],
    ['routes: [{ match: { shard: 1 } }]', 'routes[0].match.shard: must be text: put it in quotes', 4],
    ['patrol: { every: 5 }', 'patrol.every: must be a time like 30s', 4],
    ['patrol: { keep: 12h }', 'patrol.keep: must be a time like 7d or 14d', 4],
    ['patrol: { every: 10ms }', 'patrol.every: must be a time like 30s', 4],
    ['remedies: { emergency: { after: 30m } }', 'remedies.emergency.after: must be a time span like 10m', 4],
    ['patrol: { evry: 5s }', 'patrol: there is no key "evry" here (did you mean "every"?)', 4],
  ])('of a part: %j', (source, words, line) => {
    const head = source.startsWith('network') ? HEAD.replace('network: n\n', '# n\n') : HEAD;
    const faults = faultsOf(head + source, { thresholds: ['peers'], profiles: ['komodo', 'bitcoin'] });
    expect(faults).toEqual([expect.stringContaining(words)]);
    expect(faults[0]).toMatch(`fleet.yaml:${line}`);
  });

  test.each([
    ['{ id: a, matrix: "#n:x" }', 'must be a Matrix id like !room:server'],
    ['{ id: a }', 'needs discord, matrix or both'],
    ['{ id: a, discord: 123456789012345678 }', 'a Discord id must be in quotes, or its last digits are lost'],
    ['{ id: a, discord: "1234" }', 'must be a Discord id, 17 to 20 digits'],
    ['{ id: notaries, matrix: "!b:x" }', 'there is another room "notaries"'],
  ])('of a room: %s', (room, words) => {
    expect(faultsOf(`${HEAD}  - ${room}\n`)).toEqual([expect.stringMatching(/^fleet\.yaml:4 rooms\[1\]/)]);
    expect(faultsOf(`${HEAD}  - ${room}\n`)[0]).toContain(words);
  });

  test('a room notaries must be there', () => {
    expect(faultsOf('network: n\nrooms: []')).toEqual([
      expect.stringContaining('there must be a room "notaries"'),
    ]);
  });

  test.each([
    ['      - { id: a, role: notry }', 8, 'not "notry" (did you mean "notary"?)'],
    ['      - { id: a }', 8, 'operators[0].role: must be one of observer, notary, coordinator'],
    ['      - { id: a, role: notary, matrix: alice }', 8, 'must be a Matrix id like @user:server'],
    ['      - { id: a, role: notary, telegram: 1 }', 8, 'telegram: must be text: put it in quotes'],
    ['      - { id: a, role: notary, email: a }', 8, 'must be a mail address'],
    ['      - { id: a, role: notary }\n      - { id: a, role: notary }', 9, 'there is another operator "a"'],
    [
      "      - { id: a, role: notary, matrix: '@a:x' }\n      - { id: b, role: coordinator, matrix: '@a:x' }",
      9,
      "operators[1].matrix: this account is already a's",
    ],
  ])('of an operator: %j', (operators, line, words) => {
    const [fault, ...more] = faultsOf(team(operators));
    expect(fault).toMatch(`fleet.yaml:${line} `);
    expect(fault).toContain(words);
    expect(more).toEqual([]);
  });

  test('one account on two teams, one seat in two teams, one team twice', () => {
    const faults = faultsOf(`${HEAD}teams:
  - { id: t, seats: [{ id: s }], operators: [{ id: a, role: notary, discord: "123456789012345678" }] }
  - { id: u, seats: [{ id: s }], operators: [{ id: b, role: notary, discord: "123456789012345678" }] }
  - { id: t }
`);
    expect(faults).toEqual([
      'fleet.yaml:6 teams[1].seats[0].id: there is another seat "s"',
      "fleet.yaml:6 teams[1].operators[0].discord: this account is already a's",
      'fleet.yaml:7 teams[2].id: there is another team "t"',
    ]);
  });

  test.each([
    [
      node('{ id: n, seat: seat_UE, access: { kind: local } }'),
      'seat: there is no seat "seat_UE" (did you mean "seat_EU"?)',
    ],
    [node('{ id: n, seat: seat_EU }'), 'access: is missing: it must be a group of keys'],
    [
      node('{ id: n, seat: seat_EU, access: { kind: shh } }'),
      'access.kind: must be one of the kinds local, ssh, kubernetes',
    ],
    [node('{ id: n, seat: seat_EU, access: { kind: local, host: h } }'), 'there is no key "host" here'],
    [
      node(
        '{ id: n, seat: seat_EU, access: { kind: ssh, host: -oProxyCommand=x, user: u, identityFile: k, hostKey: "SHA256:x" } }',
      ),
      'access.host: must be an address or a host name',
    ],
    [
      node(
        '{ id: n, seat: seat_EU, access: { kind: ssh, host: h, port: 0, user: u, identityFile: k, hostKey: "SHA256:x" } }',
      ),
      'access.port: must be at least 1',
    ],
    [service('{ id: A, kind: utxo, coin: KMDD }'), 'coin: there is no coin "KMDD" (did you mean "KMD"?)'],
    [service('{ id: A, kind: utox }'), 'kind: there is no kind of service "utox" (did you mean "utxo"?)'],
    [service('{ id: A, kind: utxo }, { id: A, kind: utxo }'), 'there is another service "A" on this node'],
    [service('{ id: A, kind: utxo, rpc: {} }'), 'rpc: needs either url, conf or cli'],
    [
      service('{ id: A, kind: utxo, rpc: { url: "http://h", conf: c } }'),
      'rpc: needs either url, conf or cli',
    ],
    [
      service('{ id: A, kind: utxo, rpc: { url: "http://h", user: u } }'),
      'rpc: needs both user and password, or neither',
    ],
    [
      service('{ id: A, kind: utxo, rpc: { conf: c, user: u, password: p } }'),
      'rpc: takes user and password from conf',
    ],
    [
      service('{ id: A, kind: utxo, rpc: { cli: [komodo-cli], user: u, password: p } }'),
      "rpc: takes user and password from the daemon's own file",
    ],
    [
      service('{ id: A, kind: utxo, rpc: { cli: [komodo-cli, -rpcpassword=hunter4] } }'),
      'rpc.cli[1]: must hold no login',
    ],
    [service('{ id: A, kind: utxo, rpc: { url: "127.0.0.1:7771" } }'), 'rpc.url: must be an address like'],
    [
      service('{ id: A, kind: utxo, rpc: { url: "http://u:hunter4@h" } }'),
      'rpc.url: must not hold the login',
    ],
    [service('{ id: A, kind: utxo, pubkey: "02ab" }'), 'pubkey: must be a compressed public key'],
    [service('{ id: A, kind: utxo, rpc: { url: "${MISSING}" } }'), 'rpc.url: MISSING is not set'],
    [service('{ id: A, kind: utxo, rpc: { url: "${a b}" } }'), 'rpc.url: ${a b} does not name a variable'],
  ])('of a node: %s', (source, words) => {
    const [fault, ...more] = faultsOf(source, { kinds: new Map([['utxo', z.strictObject({})]]) });
    expect(fault).toContain(words);
    expect(fault).toMatch(/^fleet\.yaml:7 nodes\[0\]/);
    expect(fault).not.toContain('hunter4');
    expect(more).toEqual([]);
  });

  test('all come at once, by line', () => {
    const faults = faultsOf(`network: n
rooms:
  - { id: notaries }
coins:
  - { id: A, profil: x }
nodes:
  - id: n
    seat: nobody
    access: { kind: local }
    services:
      - { id: S, kind: utxo, coin: B, rpc: { url: x } }
`);
    expect(faults.map((fault) => fault.split(':')[1]?.split(' ')[0])).toEqual(['3', '5', '8', '11', '11']);
  });

  test('a variable’s value is in no fault', () => {
    const faults = faultsOf(
      service('{ id: "${KMD_PASSWORD}", kind: "x${KMD_PASSWORD}", coin: "${KMD_PASSWORD}" }'),
      { kinds: new Map([['utxo', z.strictObject({})]]) },
    );
    expect(faults).toContainEqual(expect.stringContaining('there is no coin "${KMD_PASSWORD}"'));
    expect(faults.join('\n')).not.toContain('hunter2');
  });

  test('nothing of the file’s text is in a fault of its YAML', () => {
    expect(faultsOf('password: "hunter5" "hunter6"\nx: } hunter7').join('\n')).not.toContain('hunter');
  });

  test('a variable that may not be given out is said', () => {
    const parsed = parseFleet(`${HEAD}coins: [{ id: "\${DISCORD_TOKEN}" }]`, {
      ...parsing,
      lookup: () => {
        throw new Error('not that one');
      },
    });
    expect(parsed.faults).toEqual([{ line: 4, path: 'coins[0].id', words: 'not that one' }]);
  });
});

describe('whatever stands in the file', () => {
  test('it is parsed or its faults are told; nothing is thrown', () => {
    const keys = fc.constantFrom(
      'network',
      'rooms',
      'routes',
      'teams',
      'nodes',
      'id',
      'services',
      'rpc',
      '__proto__',
      'x',
    );
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom(null, 1, 'notaries', '${X}', true, 'utxo'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(value, (data) => {
        expect(Array.isArray(parseFleet(stringify(data), parsing).faults)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (source) => {
        expect(parseFleet(source, parsing).faults?.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('keys of a kind', () => {
  const kinds = new Map([
    ['utxo', z.strictObject({})],
    ['iguana', z.strictObject({ mode: z.enum(['main', '3p']).optional() })],
  ]);
  const fleetWith = (service: string): string => `network: n
rooms: [ { id: notaries, matrix: '!n:x' } ]
teams: [ { id: t, seats: [ { id: s } ] } ]
nodes:
  - id: a
    seat: s
    access: { kind: local }
    services:
      - ${service}
`;
  const parsed = (service: string) => parseFleet(fleetWith(service), { ...parsing, known: { kinds } });

  test('stand in its settings, beside those of every service', () => {
    const read = parsed('{ id: i, kind: iguana, mode: 3p, every: 1m }');
    if (read.faults) throw new Error('has faults');
    const [service] = read.fleet.nodes[0]?.services ?? [];
    expect(service).toMatchObject({ settings: { mode: '3p' }, everyMs: 60_000 });
  });

  test.each([
    ['{ id: i, kind: utxo, mode: main }', 'nodes[0].services[0]: there is no key "mode" here'],
    ['{ id: i, kind: iguana, mod: main }', 'there is no key "mod" here (did you mean "mode"?)'],
    ['{ id: i, kind: iguana, mode: mian }', 'nodes[0].services[0].mode: must be one of main, 3p'],
  ])('%s', (service, words) => {
    const [fault, ...more] = parsed(service).faults ?? [];
    expect(more).toEqual([]);
    expect(fault?.line).toBe(9);
    expect(`${fault?.path}: ${fault?.words}`).toContain(words);
  });
});
