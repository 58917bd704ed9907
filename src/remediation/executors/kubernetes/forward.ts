import { Duplex } from 'node:stream';

import { OutsideError } from '#src/domain/errors.ts';
import type { Wire } from '#src/domain/executor.ts';
import { pathOf } from './api.ts';
import { type Channels, openChannels } from './channels.ts';
import type { Entrance } from './login.ts';

export interface Forwarded {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

const DATA = 0;
const ERROR = 1;
/** The kubelet says the port at the head of both streams, in two bytes. */
const HEAD_BYTES = 2;

/** A port of a pod, as its own loopback shows it. A port that nothing listens on is told after the wire is open, as its error. */
export async function forward(entrance: Entrance, to: Forwarded, signal: AbortSignal): Promise<Wire> {
  const { namespace, pod, port } = to;
  const what = { group: '', resource: 'pods', name: pod } as const;
  const left = new Map([
    [DATA, HEAD_BYTES],
    [ERROR, HEAD_BYTES],
  ]);
  let channels: Channels | undefined;
  /** Until somebody uses the wire nobody may listen to its errors: the kubelet can be quicker. */
  let isUsed = false;
  let failure: OutsideError | undefined;
  const wire = new Duplex({
    read() {
      isUsed = true;
      if (failure) wire.destroy(failure);
      else channels?.socket.resume();
    },
    write(chunk: Buffer, _encoding, done) {
      isUsed = true;
      if (failure) done(failure);
      else channels?.send(DATA, chunk, done);
    },
    // Half of it cannot be closed: the other end sees the end when all of it is.
    final: (done) => done(),
    destroy(error, done) {
      channels?.socket.terminate();
      done(error);
    },
  });
  const fail = (error: OutsideError): void => {
    failure ??= error;
    if (isUsed) wire.destroy(failure);
  };
  channels = await openChannels(
    {
      entrance,
      path: pathOf(what, namespace, 'portforward'),
      query: new URLSearchParams({ ports: String(port) }),
      protocols: ['v4.channel.k8s.io'],
      tried: { ...what, resource: 'pods/portforward', namespace, verb: 'get', at: entrance.at },
      heard: {
        channel(channel, bytes) {
          const head = Math.min(left.get(channel) ?? 0, bytes.length);
          left.set(channel, (left.get(channel) ?? 0) - head);
          const rest = bytes.subarray(head);
          if (rest.length === 0) return;
          if (channel === DATA && !wire.push(rest)) channels?.socket.pause();
          if (channel === ERROR) fail(portError(rest.toString('utf8'), to));
        },
        closed(error) {
          if (error) fail(error);
          else if (!failure) wire.push(null);
        },
      },
    },
    signal,
  );
  return wire;
}

/** The kubelet's words are the runtime's; only that nobody listens is told apart. */
function portError(words: string, { pod, port }: Forwarded): OutsideError {
  if (/refused/i.test(words)) {
    const cause = Object.assign(new Error('ECONNREFUSED'), { code: 'ECONNREFUSED' });
    return new OutsideError('kubernetes', 'not-found', `nothing listens on port ${port} in pod ${pod}`, {
      cause,
    });
  }
  return new OutsideError(
    'kubernetes',
    'unavailable',
    `port ${port} of pod ${pod} cannot be reached through the cluster`,
  );
}
