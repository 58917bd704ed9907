import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';
import type { Service } from '#src/domain/node.ts';
import { poll, spell } from '../../poll.ts';
import { isLoopback, wireTo } from '../../way.ts';
import type { Rolling } from './rolling.ts';

const CONNECT_MS = 5_000;
/** One that nobody listens behind is told right after it was opened. */
const QUIET_MS = 300;

/** A step: the daemons of the node that are asked inside its pod answer again. Resolves with their names. Throws UserError. */
export function daemonsAnswer(rolling: Rolling): Promise<string> {
  const { carrying, waits } = rolling;
  const { journal, signal, target } = carrying;
  return journal.step('see that its daemons answer', async () => {
    const asked = target.node.services.flatMap((service) => {
      const url = addressOf(service);
      return url === undefined || !isInside(rolling, url) ? [] : [{ id: service.id, url }];
    });
    for (const { id, url } of asked) {
      let why = '';
      const look = async (): Promise<true | undefined> => {
        try {
          await listens(rolling, url);
          return true;
        } catch (error) {
          signal.throwIfAborted();
          why = error instanceof OutsideError ? error.message : wordsOf(error);
          await carrying.progress(`waiting for ${id}: ${why}`);
          return undefined;
        }
      };
      const { everyMs, answersMs: withinMs } = waits;
      if ((await poll(look, { everyMs, withinMs, signal })) === undefined)
        throw new UserError(
          `The pods are new and ready, but ${id} does not answer after ${spell(waits.answersMs)}: ${why}. Look at its log`,
        );
    }
    return asked.map(({ id }) => id).join(', ');
  });
}

const addressOf = ({ rpc, url }: Service): string | undefined => (rpc && 'url' in rpc ? rpc.url : url);

/** Others are not of this pod: what they answer says nothing of it. */
const isInside = ({ carrying: { target } }: Rolling, url: string): boolean =>
  target.node.access.kind === 'kubernetes' && target.node.access.pod !== undefined && isLoopback(url);

async function listens({ carrying }: Rolling, url: string): Promise<void> {
  const { target, executors, signal } = carrying;
  const bound = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]);
  const wire = await wireTo({ node: target.node, url, executor: executors(target.node), signal: bound });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, QUIET_MS);
  try {
    wire.once('error', reject);
    wire.once('close', () => reject(new OutsideError('kubernetes', 'unavailable', 'it hangs up at once')));
    wire.resume();
    await promise;
  } finally {
    clearTimeout(timer);
    wire.on('error', () => undefined).destroy();
  }
}
