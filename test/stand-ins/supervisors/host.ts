import { OutsideError } from '#src/domain/errors.ts';
import type { Executor, Ran } from '#src/domain/executor.ts';
import type { Service } from '#src/domain/node.ts';
import { COMMAND, createMachine, type Machine } from '#test/stand-ins/remediation/machine.ts';
import { service } from '#test/stand-ins/remediation/world.ts';

import { createDocker, type Docker, SERVICE } from './docker.ts';
import { createSystemd, type Systemd, UNIT, type UnitFile } from './systemd.ts';

export type Keeper = 'process' | 'systemd' | 'compose';

/** A machine with programs and files, whose daemon is kept by one of the supervisors. */
export interface Host {
  readonly machine: Machine;
  readonly executor: Executor;
  readonly service: Service;
  readonly systemd: Systemd;
  readonly docker: Docker;
  /** Path → bytes. */
  readonly files: Map<string, number>;
  /** Symbolic links. */
  readonly links: Map<string, string>;
  /** What a program answers to `-version`, by its path. */
  readonly versions: Map<string, string>;
  /** What was run that changes something, in its order, each as often as it really ran. */
  readonly deeds: string[];
  /** Called before such a program runs; may throw, or answer in its place. */
  doing: (argv: readonly string[]) => Ran | undefined;
}

interface Given {
  readonly unit?: Partial<UnitFile>;
  readonly policy?: string;
  readonly service?: Partial<Service>;
}

export const WALLET = '/data/wallet.dat';

const done = (stdout = ''): Ran => ({ exitCode: 0, stdout, stderr: '' });
const missing = (program: string): OutsideError =>
  new OutsideError('machine', 'not-found', `${program}: the program is not there`);

export function createHost(keeper: Keeper, given: Given = {}): Host {
  const machine = createMachine();
  const systemd = createSystemd(machine, given.unit);
  const docker = createDocker(machine, given.policy);
  const kept = new Map<string, Ran>();

  function ran(argv: readonly string[]): Ran {
    const [program = '', ...words] = argv;
    const last = words.at(-1) ?? '';
    switch (program) {
      case 'systemctl':
        return systemd.systemctl(words);
      case 'docker':
        return docker.docker(words);
      case 'readlink': {
        const to = host.links.get(last) ?? (host.files.has(last) ? last : undefined);
        return to === undefined ? { exitCode: 1, stdout: '', stderr: '' } : done(`${to}\n`);
      }
      case 'cp':
        host.files.set(last, host.files.get(words.at(-2) ?? '') ?? 0);
        return done();
      case 'ln':
        host.links.set(last, words.at(-2) ?? '');
        return done();
      default: {
        const version = host.versions.get(program);
        if (version === undefined) throw missing(program);
        return done(version);
      }
    }
  }

  const host: Host = {
    machine,
    systemd,
    docker,
    files: new Map([
      [COMMAND.argv[0]!, 1],
      [WALLET, 5_000_000],
    ]),
    links: new Map(),
    versions: new Map(),
    deeds: [],
    doing: () => undefined,
    service: {
      ...service,
      ...(keeper === 'systemd' && { supervisor: { kind: 'systemd', unit: UNIT, once: given.unit?.once } }),
      ...(keeper === 'compose' && {
        supervisor: { kind: 'compose', service: SERVICE, directory: '/opt/notary' },
        walletFile: WALLET,
      }),
      ...given.service,
    },
    executor: {
      ...machine.executor,
      run: async (_node, argv) => ran(argv),
      async runOnce(_node, id, argv) {
        const known = kept.get(id);
        if (known) return known;
        host.deeds.push(argv.join(' '));
        const result = host.doing(argv) ?? ran(argv);
        kept.set(id, result);
        return result;
      },
      // Behind a container's port is none of its processes.
      listening: async (...asked) =>
        keeper === 'compose' ? undefined : machine.executor.listening(...asked),
      fileBytes: async (_node, path) => host.files.get(path),
      space: async () => ({ freeBytes: 400e9, totalBytes: 500e9 }),
    },
  };
  return host;
}
