import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';

import type { Client, ClientCallback, ClientChannel } from 'ssh2';
import { expect, test } from 'vitest';

import { createConnection } from '#src/remediation/executors/ssh/connection.ts';

/** A client whose programs have ended when it says that they begin: as ssh2 does when one packet brings it all. */
function quick(exitCode: number, refusals = 0): Client {
  const client = new EventEmitter();
  let refused = 0;
  return Object.assign(client, {
    exec(_command: string, done: ClientCallback) {
      if (refused++ < refusals) {
        done(Object.assign(new Error('open failed'), { reason: 2 }), undefined as unknown as ClientChannel);
        return;
      }
      const stderr = new PassThrough();
      const channel = Object.assign(new PassThrough(), { stderr });
      done(undefined, channel as unknown as ClientChannel);
      channel.write('said');
      channel.emit('exit', exitCode);
      stderr.end();
      channel.end();
    },
    end: () => client.emit('close'),
  }) as unknown as Client;
}

const QUICK = { command: 'quick', name: 'quick' };
const bounds = () => ({ signal: AbortSignal.timeout(5_000) });

test('a program that ends in the moment in which it begins is told with its exit code', async () => {
  using connection = createConnection(quick(7), 'node:22', 60_000);
  expect(await connection.run(QUICK, bounds())).toEqual({
    exitCode: 7,
    stdout: 'said',
    stderr: '',
  });
});

test('a session that is refused while sshd sweeps up after others is let in a moment later, or given up', async () => {
  using sweeping = createConnection(quick(0, 2), 'node:22', 60_000);
  expect(await sweeping.run(QUICK, bounds())).toMatchObject({ exitCode: 0 });
  using full = createConnection(quick(0, 100), 'node:22', 60_000);
  await expect(full.run(QUICK, bounds())).rejects.toMatchObject({ reason: 'rate-limited' });
  expect(full.leaving.aborted).toBe(true);
});
