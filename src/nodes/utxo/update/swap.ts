import { UserError, wordsOf, unstopped } from '#src/domain/errors.ts';
import type { Change } from '#src/domain/executor.ts';

import { poll } from '../../poll.ts';
import {
  ANYWAY,
  answering,
  askToStop,
  type Before,
  begin,
  deed,
  isVerdict,
  type Life,
  verified,
} from '../process/life.ts';
import { keeperOf } from '../process/supervisor.ts';
import { RpcError } from '../rpc-error.ts';
import type { Asked } from './asked.ts';
import { filled, type Program, running, whyNot } from './release.ts';

/** Starts the program and sees that it is that version; in words why not, empty when it is. */
export async function tried(
  life: Life,
  before: Before,
  program: Program,
  { switches }: Asked,
): Promise<string> {
  const { carrying, executor, connect } = life;
  const { target, signal } = carrying;
  const change = { program: program.path };
  try {
    await switched(life, switches, change, 'switch');
    await begin(life, before, change);
    await answering(life, before, change);
    await verified(life, before, change);
    return whyNot(program, await running(await connect(target, { executor, signal }))) ?? '';
  } catch (error) {
    signal.throwIfAborted();
    if (!isVerdict(life, error)) throw error;
    return wordsOf(error);
  }
}

async function switched(
  life: Life,
  switches: Asked['switches'],
  { program = '' }: Change,
  step: string,
): Promise<void> {
  if (!switches) return;
  const { carrying, executor } = life;
  const { id, signal } = deed(life, step);
  const bounds = { signal: AbortSignal.any([signal, AbortSignal.timeout(60_000)]), maxBytes: 64 * 1024 };
  const { exitCode } = await executor.runOnce(
    carrying.target.node,
    id,
    filled(switches, { program }),
    bounds,
  );
  if (exitCode !== 0) throw new UserError(`${switches[0]} ended with code ${exitCode}`);
}

interface GivenUp {
  readonly program: Program;
  readonly old: string;
  readonly why: string;
  readonly asked: Asked;
}

/** The way back: ends what was started, by its RPC, and starts the old program. Throws UserError, always: it was not updated. */
export async function back(
  life: Life,
  before: Before,
  { program, old, why, asked }: GivenUp,
): Promise<never> {
  const { carrying, executor, waits } = life;
  const { target, journal, signal } = carrying;
  const supervisor = keeperOf(executor, target);
  const failed = `${program.path} did not come up: ${unstopped(why)}.`;
  if (old === program.path)
    throw new UserError(`${failed} There is no way back: the old program was at the same path.`);
  const again = { ...life, round: 'back' };
  const ask = (): Promise<void> =>
    askToStop(life).catch((error: unknown) => {
      // While it loads it refuses; the wait tells.
      if (!(error instanceof RpcError)) throw error;
    });
  const isOver = await journal.step(
    'end the new program',
    async () => {
      await carrying.progress(`${failed} Going back to ${old}`);
      const runs = () => supervisor.isThere({ program: program.path });
      if (!(await runs())) return true;
      await supervisor.stop({ ...deed(again, 'stop'), stays: true, withinMs: waits.goneMs, ask });
      const gone = await poll(async () => ((await runs()) ? undefined : true), {
        everyMs: waits.everyMs,
        withinMs: waits.goneMs,
        signal,
      });
      return gone ?? false;
    },
    ANYWAY,
  );
  if (!isOver) {
    throw new UserError(
      `${failed} It still runs and does not end when it is asked to; Tocsin never forces it, so ${old} was not started. When it has ended, request update with program=${old} downgrade=yes.`,
    );
  }
  const blocks = await journal.step(
    'start the old program',
    async () => {
      await switched(again, asked.switches, { program: old }, 'switch');
      await begin(again, before, { program: old });
      return answering(again, before, { program: old });
    },
    ANYWAY,
  );
  const { words } = await verified(again, before, { program: old });
  throw new UserError(`${failed} ${old} runs again: ${words}, at block ${blocks}.`);
}
