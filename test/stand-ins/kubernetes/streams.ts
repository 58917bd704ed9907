import { connect } from 'node:net';

import type { WebSocket } from 'ws';

/** What a program in a container does: ends with what it printed, or never. */
export type Program = (
  argv: readonly string[],
  where: { readonly pod: string; readonly container: string },
) => { readonly exitCode: number; readonly stdout?: string; readonly stderr?: string } | 'hang' | 'missing';

const frame = (channel: number, bytes: string | Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(channel), Buffer.from(bytes as string)]);

/** `pods/exec`, v4 and v5: output on 1 and 2, a Status on 3 at the end. */
export function serveExec(socket: WebSocket, ended: ReturnType<Program>, argv: readonly string[]): void {
  for (const channel of [1, 2, 3]) socket.send(frame(channel, ''));
  if (ended === 'hang') return;
  const status = (body: object): void => {
    socket.send(frame(3, JSON.stringify({ metadata: {}, ...body })));
    socket.close(1000);
  };
  if (ended === 'missing') {
    const message = `Internal error occurred: error executing command in container: failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: exec: "${argv[0]}": executable file not found in $PATH: unknown`;
    status({ status: 'Failure', message, reason: 'InternalError', code: 500 });
    return;
  }
  const { exitCode, stdout = '', stderr = '' } = ended;
  if (stdout) socket.send(frame(1, stdout));
  if (stderr) socket.send(frame(2, stderr));
  if (exitCode === 0) status({ status: 'Success' });
  else
    status({
      status: 'Failure',
      message: `command terminated with non-zero exit code: exit status ${exitCode}`,
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
    });
}

/** `pods/portforward`, v4: data on 0, errors on 1, both led by the port in two bytes, the low one first. */
export function servePort(socket: WebSocket, port: number, local: number | undefined): void {
  const head = Buffer.alloc(2);
  head.writeUInt16LE(port);
  socket.send(frame(0, head));
  socket.send(frame(1, head));
  if (local === undefined) {
    socket.send(
      frame(
        1,
        `error forwarding port ${port} to pod 1b2c, uid : failed to execute portforward in network namespace "/var/run/netns/cni-1": failed to connect to localhost:${port} inside namespace "1b2c", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found `,
      ),
    );
    socket.close(1000);
    return;
  }
  const inside = connect(local, '127.0.0.1');
  inside.on('data', (bytes) => socket.send(frame(0, bytes)));
  inside.on('error', () => socket.terminate());
  inside.once('end', () => socket.close(1000));
  socket.on('message', (message: Buffer) => {
    if (message[0] === 0) inside.write(message.subarray(1));
  });
  socket.once('close', () => inside.destroy());
}
