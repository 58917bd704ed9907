import { createHash } from 'node:crypto';

import type { Ran } from '#src/domain/executor.ts';
import type { Machine } from '#test/stand-ins/remediation/machine.ts';

export interface Docker {
  /** The restart policy that the compose file gives. */
  readonly policy: string;
  /** The container's own, which `docker update` changes. */
  restart: string;
  image: string;
  /** What the compose file says now: `up` makes the container anew when that is another. */
  nextImage: string;
  readonly orders: string[];
  docker(words: readonly string[]): Ran;
}

export const SERVICE = 'litecoind';
const said = (stdout: string, stderr = ''): Ran => ({ exitCode: 0, stdout, stderr });
const failed = (stderr: string): Ran => ({ exitCode: 1, stdout: '', stderr: `${stderr}\n` });

/** An engine with one compose project of one service, whose daemon is the machine's. It runs when this begins. */
export function createDocker(machine: Machine, policy = 'unless-stopped'): Docker {
  let [made, starts, runs] = [1, 1, machine.process !== undefined];

  const id = (): string => createHash('sha256').update(`container ${made}`).digest('hex');
  const start = (): void => {
    void machine.executor.start(undefined as never, '', {});
    starts++;
    runs = true;
  };

  /** What the engine does by itself when the container's process ended. */
  const settle = (): void => {
    machine.settle();
    if (!runs || machine.process) return;
    runs = false;
    if (docker.restart === 'always' || docker.restart === 'unless-stopped') start();
  };

  const inspected = (): string =>
    JSON.stringify({
      id: id(),
      name: '/notary-litecoind-1',
      pid: runs ? machine.process?.pid : 0,
      status: runs ? 'running' : 'exited',
      startedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, starts)).toISOString(),
      image: docker.image,
      restart: docker.restart.split(':')[0],
      tries: Number(docker.restart.split(':')[1] ?? 0),
      oneOff: 'False',
    });

  function compose(words: readonly string[]): Ran {
    const [verb, ...rest] = words;
    if (rest.at(-1) !== SERVICE) return failed(`no such service: ${rest.at(-1)}`);
    if (verb === 'ps') return said(`${id()}\n`);
    docker.orders.push(words.join(' '));
    if (verb === 'up' && docker.nextImage !== docker.image) {
      docker.image = docker.nextImage;
      docker.restart = policy;
      made++;
    }
    if (!runs) start();
    return said('', ' Container notary-litecoind-1  Started\n');
  }

  const docker: Docker = {
    policy,
    restart: policy,
    image: 'litecoin:1',
    nextImage: 'litecoin:1',
    orders: [],
    docker([first = '', ...words]) {
      settle();
      if (first === 'compose') return compose(words.slice(words.indexOf('--project-directory') + 2));
      if (first === 'inspect') return said(`${inspected()}\n`);
      if (first !== 'update') return failed(`docker: '${first}' is not a docker command.`);
      docker.orders.push([first, ...words].join(' '));
      docker.restart = (words[0] ?? '').replace('--restart=', '');
      return said('notary-litecoind-1\n');
    },
  };
  return docker;
}
