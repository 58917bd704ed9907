import { OutsideError } from '#src/domain/errors.ts';
import type { Ran, RunBounds } from '#src/domain/executor.ts';
import { pathOf } from './api.ts';
import { openChannels } from './channels.ts';
import type { Entrance } from './login.ts';
import { endIn } from './refusal.ts';

export interface Inside {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string | undefined;
}

const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;

const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Runs a program in a container, without a terminal and without input. Given up, its streams are closed; Kubernetes has no call
 * that ends the program itself.
 */
export async function exec(
  entrance: Entrance,
  { namespace, pod, container }: Inside,
  argv: readonly string[],
  { signal, maxBytes = MOST_OUTPUT_BYTES }: RunBounds,
): Promise<Ran> {
  const what = { group: '', resource: 'pods', name: pod } as const;
  const query = new URLSearchParams({ stdout: 'true', stderr: 'true' });
  if (container !== undefined) query.set('container', container);
  for (const word of argv) query.append('command', word);

  const { promise: ended, resolve, reject } = Promise.withResolvers<Ran>();
  const output: Record<number, Buffer[]> = { [STDOUT]: [], [STDERR]: [], [STATUS]: [] };
  const text = (channel: number): string => Buffer.concat(output[channel] ?? []).toString('utf8');
  let bytes = 0;
  const { socket } = await openChannels(
    {
      entrance,
      path: pathOf(what, namespace, 'exec'),
      query,
      protocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
      tried: { ...what, resource: 'pods/exec', namespace, verb: 'get', at: entrance.at },
      heard: {
        channel(channel, part) {
          bytes += part.length;
          if (bytes <= maxBytes) output[channel]?.push(part);
          else reject(failed('unreadable', 'the program printed more than may be read'));
        },
        closed(error) {
          if (error) reject(error);
          else
            try {
              const exitCode = exitCodeIn(text(STATUS));
              resolve({ exitCode, stdout: text(STDOUT), stderr: text(STDERR) });
            } catch (failure) {
              reject(failure);
            }
        },
      },
    },
    signal,
  );
  const giveUp = (): void => reject(failed('timeout', 'the program in the pod took too long'));
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await ended;
  } finally {
    signal.removeEventListener('abort', giveUp);
    socket.terminate();
  }
}

const failed = (
  reason: 'timeout' | 'unreadable' | 'not-found' | 'unavailable',
  words: string,
): OutsideError => new OutsideError('kubernetes', reason, words);

/** How it ended, from the Status that comes last; https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
function exitCodeIn(body: string): number {
  const said = endIn(body);
  if (said?.status === 'Success') return 0;
  if (said?.reason === 'NonZeroExitCode') {
    const code = Number(said.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message);
    if (Number.isInteger(code)) return code;
  }
  const words = said?.message ?? '';
  if (/executable file not found|no such file or directory/.test(words))
    throw failed('not-found', 'there is no such program in the container');
  throw failed('unavailable', 'the program in the pod broke off: how it ended is not known');
}
