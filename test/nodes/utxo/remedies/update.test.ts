import { describe, expect, test } from 'vitest';

import type { Mandate } from '#src/domain/mandate.ts';
import type { Request } from '#src/domain/remedy.ts';
import { createUpdate, type UpdateOptions } from '#src/nodes/utxo/remedies/update.ts';
import { killedAtEveryMoment } from '#test/stand-ins/remediation/killed.ts';
import { COMMAND } from '#test/stand-ins/remediation/machine.ts';
import { fleetWith, node, remediationWorld, type World } from '#test/stand-ins/remediation/world.ts';
import { createHost, type Host, type Keeper } from '#test/stand-ins/supervisors/host.ts';

const OLD = COMMAND.argv[0]!;
const NEW = '/opt/litecoin-0.21.4/litecoind';
const BUILT = '/opt/litecoin/2651eafab/litecoind';
const LINK = '/usr/local/bin/litecoind';
const SWITCHED = {
  current: ['readlink', '-f', '--', LINK],
  switch: ['ln', '-sfn', '--', '{program}', LINK],
};
const hasty = { goneMs: 50, listensMs: 20, answersMs: 200 };

/** A machine with the new program beside the old one. */
function hostOf(keeper: Keeper = 'process', update: object = keeper === 'process' ? {} : SWITCHED): Host {
  const host = createHost(keeper, { service: { settings: { update } } });
  host.files.set(NEW, 1);
  host.links.set(LINK, OLD);
  host.versions.set(NEW, 'Litecoin Core version v0.21.4-g2651eafab012\n');
  host.versions.set(OLD, 'Litecoin Core version v0.21.2.1-gfce5d459f0a8\n');
  host.machine.subversions.set(NEW, '/LitecoinCore:0.21.4/');
  return host;
}

const remedyOf =
  (options: UpdateOptions = {}) =>
  (rpc: Host['machine']['rpc']) =>
    createUpdate({ connect: async () => rpc, everyMs: 1, againMs: 50, ...options });

function worldOf(
  { machine, executor, service }: Host,
  options: UpdateOptions = {},
  mandates: readonly Mandate[] = [],
): World {
  const remedies = [remedyOf(options)(machine.rpc)];
  const knowledge = { mandates: { of: async () => mandates } };
  const world = remediationWorld({ remedies, executors: () => executor, knowledge });
  world.fleet = fleetWith(node([service]));
  return world;
}

const TO_NEW = { program: NEW };
async function carriedOut(
  world: World,
  args: Readonly<Record<string, string>> = TO_NEW,
): Promise<Request | undefined> {
  const { id } = await world.approved('anna', 'update', args);
  expect(await world.carryOut(id)).toBe('done');
  return world.requests.get(id);
}

const refusal = (
  host: Host,
  args: Readonly<Record<string, string>> = TO_NEW,
  mandates: readonly Mandate[] = [],
): Promise<string> =>
  worldOf(host, {}, mandates)
    .request('alice', 'update', args)
    .then(
      () => 'not refused',
      (error: Error) => `${error.name} ${error.message}`,
    );

const programs = ({ machine }: Host): readonly (string | undefined)[] =>
  machine.started.map(({ argv }) => argv[0]);

test('starts the daemon as the new program, with the same arguments, and remembers it so', async () => {
  const host = hostOf();
  const request = await carriedOut(worldOf(host));
  expect(request).toMatchObject({
    state: 'succeeded',
    risk: 'medium',
    plan: { bound: { program: `${NEW} v0.21.4-g2651eafab012`, old: OLD } },
    result: `Runs as ${NEW}, LitecoinCore:0.21.4: pid 200 (was pid 100). The old program was ${OLD}.`,
  });
  expect(host.machine.started).toEqual([{ ...COMMAND, argv: [NEW, ...COMMAND.argv.slice(1)] }]);
  expect(host.machine.remembered?.argv[0]).toBe(NEW);
  expect(JSON.stringify(request)).not.toContain('hunter');
});

test('a symbolic link is followed first: what is approved is the program behind it', async () => {
  const host = hostOf();
  host.links.set('/opt/litecoin/current', NEW);
  expect(await carriedOut(worldOf(host), { program: '/opt/litecoin/current' })).toMatchObject({
    state: 'succeeded',
    result: expect.stringContaining(`Runs as ${NEW}`) as string,
  });
});

describe('is refused', () => {
  test.each([
    ['nothing is said', {}, /Say either program=.*or commit=/],
    ['a path is no path', { program: 'litecoind -daemon' }, /whole path of a program/],
    ['a path has a space', { program: '/opt/x y' }, /whole path of a program/],
    [
      'the program is not there',
      { program: '/opt/none' },
      /There is no program \/opt\/none on alpha-main: build it first/,
    ],
    [
      'it is not the version that is asked for',
      { program: NEW, version: 'v0.21.5' },
      /is not what was asked for: .*older than v0\.21\.5/,
    ],
    ['a version is no version', { program: NEW, version: '$(id)' }, /version is like/],
    ['nobody said how to build', { commit: '2651eafab' }, /name update\.build and update\.program/],
    ['a commit is no commit', { commit: '; rm -rf /' }, /commit is 7 to 40 hex digits/],
  ] as const)('when %s', async (_when, args, words) => {
    expect(await refusal(hostOf(), args)).toMatch(words);
  });

  test('when it is older than what runs, unless that is meant', async () => {
    const host = hostOf();
    host.versions.set(NEW, 'Litecoin Core version v0.18.1\n');
    expect(await refusal(host)).toMatch(
      /older than what runs \(LitecoinCore:0\.21\.2\.1\): say downgrade=yes/,
    );
    expect(await refusal(host, { ...TO_NEW, downgrade: 'yes' })).toBe('not refused');
  });

  test('when it tells no version', async () => {
    const host = hostOf();
    host.versions.set(NEW, 'usage: cat [file]\n');
    expect(await refusal(host)).toMatch(/does not tell its version: is it a daemon\?/);
  });

  test('when an open notice asks for more', async () => {
    const notice: Mandate = { notice: 'n1', subject: 'LTC', version: 'v0.21.5' };
    expect(await refusal(hostOf(), TO_NEW, [notice])).toMatch(
      /Notice n1 asks for more: .*older than v0\.21\.5/,
    );
  });

  test.each(['systemd', 'compose'] as const)(
    'under %s, where nobody said how it is switched',
    async (keeper) => {
      expect(await refusal(hostOf(keeper, {}))).toMatch(/name update\.current and update\.switch/);
    },
  );
});

test('an open notice that it fulfils is bound to the approval, and told in the report', async () => {
  const notice: Mandate = { notice: 'n1', subject: 'LTC', version: 'v0.21.4' };
  expect(await carriedOut(worldOf(hostOf(), {}, [notice]))).toMatchObject({
    state: 'succeeded',
    plan: { bound: { 'notice n1': 'fulfilled by it' } },
    result: expect.stringContaining('Notice n1: runs LitecoinCore:0.21.4.') as string,
  });
});

describe('from a commit', () => {
  const update = {
    build: ['/usr/local/bin/build-litecoin', '{commit}'],
    program: '/opt/litecoin/{commit}/litecoind',
  };
  const building = (version: string): Host => {
    const host = hostOf('process', update);
    host.doing = () => {
      expect(host.machine.ended).toEqual([]);
      host.files.set(BUILT, 1);
      host.versions.set(BUILT, version);
      host.machine.subversions.set(BUILT, '/LitecoinCore:0.21.4/');
      return { exitCode: 0, stdout: 'made\n', stderr: '' };
    };
    return host;
  };

  test('it is built while the daemon runs on', async () => {
    const host = building('Litecoin Core version v0.21.4-g2651eafab012\n');
    expect(await carriedOut(worldOf(host), { commit: '2651EAFAB' })).toMatchObject({
      state: 'succeeded',
      result: expect.stringContaining(`Runs as ${BUILT}`) as string,
    });
    expect(host.deeds).toEqual(['/usr/local/bin/build-litecoin 2651eafab']);
  });

  test('what came of another commit is not started', async () => {
    const host = building('Litecoin Core version v0.21.4-gdeadbeef012\n');
    expect(await carriedOut(worldOf(host), { commit: '2651eafab' })).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('was built from another commit') as string,
    });
    expect(host.machine.ended).toEqual([]);
  });

  test('a build that fails changes nothing', async () => {
    const host = hostOf('process', update);
    host.doing = () => ({ exitCode: 2, stdout: '', stderr: 'make: *** error' });
    expect(await carriedOut(worldOf(host), { commit: '2651eafab' })).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining(
        'build-litecoin ended with code 2: nothing was stopped or changed',
      ) as string,
    });
    expect(host.machine.ended).toEqual([]);
  });
});

describe('when the new program does not come up', () => {
  const broken = (host: Host): Host => {
    const start = host.machine.starting;
    let last = host.links.get(LINK);
    host.machine.starting = (process) => {
      last = host.service.supervisor ? host.links.get(LINK) : process.argv[0];
      return last === NEW ? undefined : start(process);
    };
    return host;
  };

  test.each(['process', 'systemd'] as const)(
    'as %s, the old one is started again, and that is said',
    async (keeper) => {
      const host = broken(hostOf(keeper));
      expect(await carriedOut(worldOf(host, hasty))).toMatchObject({
        state: 'failed',
        reason: expect.stringMatching(
          new RegExp(
            `^${NEW} did not come up: It was started and is gone again.* ${OLD} runs again: pid 201, at block 50\\.`,
          ),
        ) as string,
      });
      if (keeper === 'process') expect(programs(host)).toEqual([NEW, OLD]);
      else expect(host.links.get(LINK)).toBe(OLD);
    },
  );

  test('because it is another version than it says, it is ended and the old one comes back', async () => {
    const host = hostOf();
    host.machine.subversions.set(NEW, '/LitecoinCore:0.16.3/');
    expect(await carriedOut(worldOf(host))).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /its RPC says that it runs LitecoinCore:0\.16\.3, not v0\.21\.4.* runs again: pid 201/,
      ) as string,
    });
    expect(programs(host)).toEqual([NEW, OLD]);
    expect(host.machine.ended).toEqual([100, 200]);
  });

  test('and cannot be ended, nothing is forced', async () => {
    const host = hostOf();
    host.machine.starting = (process) => ((host.machine.loadsFor = 1_000_000), process);
    expect(await carriedOut(worldOf(host, hasty))).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /It still runs and does not end when it is asked to; Tocsin never forces it/,
      ) as string,
    });
    expect(programs(host)).toEqual([NEW]);
  });

  test.each(['process', 'systemd'] as const)(
    'as %s, killed at any moment it goes back once',
    async (keeper) => {
      await killedAtEveryMoment(
        () => {
          const host = broken(hostOf(keeper));
          return { ...host, rpc: host.machine.rpc };
        },
        remedyOf({ goneMs: 5_000, listensMs: 5, answersMs: 5_000 }),
        (request, host, moment) => {
          expect(request?.reason, `died at ${moment}`).toContain(`${OLD} runs again`);
          expect(host.machine.process?.pid, `died at ${moment}`).toBe(200 + host.machine.started.length - 1);
          expect(host.machine.ended, `died at ${moment}`).toEqual([100]);
        },
        TO_NEW,
      );
    },
  );
});

test.each([
  [
    'systemd',
    [
      'ln -sfn -- /opt/litecoin-0.21.4/litecoind /usr/local/bin/litecoind',
      'systemctl --no-block start -- litecoind.service',
    ],
  ],
  [
    'compose',
    [
      'docker update --restart=no notary-litecoind-1',
      'ln -sfn -- /opt/litecoin-0.21.4/litecoind /usr/local/bin/litecoind',
      'docker update --restart=unless-stopped notary-litecoind-1',
      'docker compose --project-directory /opt/notary up --detach --no-deps --no-build litecoind',
    ],
  ],
] as const)('under %s it is switched while the daemon is down', async (keeper, deeds) => {
  const host = hostOf(keeper);
  host.machine.subversions.set(OLD, '/LitecoinCore:0.21.4/');
  expect(await carriedOut(worldOf(host))).toMatchObject({ state: 'succeeded' });
  expect(host.deeds).toEqual(deeds);
  expect(host.links.get(LINK)).toBe(NEW);
  expect(host.docker.restart).toBe('unless-stopped');
});

describe('killed at any moment, it is stopped once and started once', () => {
  test.each(['process', 'systemd', 'compose'] as const)('as %s', async (keeper) => {
    const moments = await killedAtEveryMoment(
      () => {
        const host = hostOf(keeper);
        // Behind a link stands the old path: what it says is the new program's.
        if (keeper !== 'process') host.machine.subversions.set(OLD, '/LitecoinCore:0.21.4/');
        return { ...host, rpc: host.machine.rpc };
      },
      remedyOf(),
      (request, host, moment) => {
        expect(request?.reason, `died at ${moment}`).toBeUndefined();
        expect(request, `died at ${moment}`).toMatchObject({ state: 'succeeded' });
        expect(host.machine.ended, `died at ${moment}`).toEqual([100]);
        expect(host.machine.started, `died at ${moment}`).toHaveLength(1);
        if (keeper !== 'process') expect(host.links.get(LINK)).toBe(NEW);
        expect(host.docker.restart, `died at ${moment}`).toBe('unless-stopped');
      },
      TO_NEW,
    );
    expect(moments).toBeGreaterThan(25);
  });
});
