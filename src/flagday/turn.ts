import { OutsideError } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';
import type { NotaryCluster, WorkerNow } from '#src/domain/notary-cluster.ts';
import type { Carrying, Json } from '#src/domain/remedy.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { poll } from '#src/nodes/poll.ts';

import { gate, type Passed } from './gate.ts';
import type { Patience } from './patience.ts';
import { waitMs } from './stagger.ts';

export interface Waits {
  readonly everyMs: number;
  /** For enough of the others to work, before one is stopped. */
  readonly quorumMs: number;
  /** For a worker that was asked to restart, when it is not known whether it did. */
  readonly restartMs: number;
}

export const WAITS: Waits = {
  everyMs: 2_000,
  quorumMs: 10 * 60_000,
  restartMs: 5 * 60_000,
};

/** One worker's turn. */
export interface Turn {
  readonly carrying: Carrying;
  readonly cluster: NotaryCluster;
  readonly worker: string;
  readonly waits: Waits;
  readonly patience: Patience;
  readonly now: () => Date;
  /** How it stood when the flag day had come: what it did since is not done again. As it stands at its turn, when not said. */
  readonly since?: WorkerNow | undefined;
  /** The parameters it shall run with afterwards; any, where it is not said. */
  readonly hash?: string | undefined;
  /** When those that had their turn began, ms since 1970, and the interval of their polls. */
  readonly started?: readonly number[] | undefined;
  readonly pollSeconds?: number | undefined;
}

/** How a worker stood before it was restarted, and with what it ended, if it did. */
export type Before = WorkerNow & { readonly exitCode?: number };

/** Something that was done, or the doubt for which it was not. */
type Tried<T> = T | { readonly doubt: string };

/**
 * Looks at a worker, restarts it once enough of the others work, and waits until it serves: each a step, so that whoever
 * takes over goes on where it was. At a doubt it waits for a person, then tries again.
 */
export async function turn(of: Turn): Promise<{ readonly before: Before; readonly startedAt?: string }> {
  const { carrying, worker, patience } = of;
  await patience.unpaused();
  const before = await carrying.journal.step(`look at ${worker}`, () => lookAt(of));
  await settled(of, `restart ${worker}`, (name) => restart(of, before, name));
  const passed = await settled(of, `see ${worker} serve`, () => serves(of, before), { anyway: true });
  return { before, ...('startedAt' in passed && { startedAt: passed.startedAt }) };
}

/** One step after the other until one of them ends without a doubt. */
async function settled<T extends Json>(
  { carrying: { journal }, patience }: Turn,
  name: string,
  act: (name: string) => Promise<Tried<T>>,
  how?: { readonly anyway?: boolean },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const step = attempt === 1 ? name : `${name}, try ${attempt}`;
    const tried = (await journal.step(step, () => act(step) as Promise<Json>, how)) as
      T | { readonly doubt: string };
    if (!isDoubt(tried)) return tried;
    const asked = `wait for a person after “${step}”`;
    await journal.step(asked, async () => {
      await patience.doubt(asked, tried.doubt);
      return tried.doubt;
    });
  }
}

const isDoubt = (tried: unknown): tried is { readonly doubt: string } =>
  typeof tried === 'object' && tried !== null && 'doubt' in tried;

async function lookAt({ cluster, worker, since }: Turn): Promise<Before> {
  const now = await cluster.lookAt(worker);
  const tells = since?.state === 'down' || since?.startedAt !== undefined;
  const before = since && tells ? since : now;
  if (now.state !== 'down') return before;
  const exitCode = await cluster.exitCode(worker).catch(ofOutside);
  return { ...before, ...(exitCode !== undefined && { exitCode }) };
}

/** Looks first, also when it was begun before: what was done then is not done again. */
async function restart(of: Turn, before: Before, name: string): Promise<Tried<{ readonly did: string }>> {
  const { carrying, cluster, worker, waits, hash } = of;
  const already = await whyNoRestart(of, before);
  if (already !== undefined) return { did: already };
  if (cluster.supervised) return comesBack(of, before);
  const refused = hash === undefined ? undefined : await notAccepted(of, hash, before);
  if (refused !== undefined) return { doubt: refused };
  const short = await readiness(of);
  if (short !== undefined) return { doubt: short };
  await carrying.progress(`restarting ${worker}`);
  try {
    const { exitCode, said } = await cluster.restart(worker, keyOf(carrying.request, name));
    if (said) await carrying.log(`${worker}: ${said}`);
    if (exitCode === 0) return { did: 'restarted' };
    return {
      doubt: `the program that restarts ${worker} ended with exit code ${exitCode}: see \`remedy log\``,
    };
  } catch (error) {
    carrying.signal.throwIfAborted();
    if (!(error instanceof OutsideError)) throw error;
    if (!error.maybeDone) return { doubt: `${worker} was not restarted: ${error.message}` };
    const { everyMs, restartMs: withinMs } = waits;
    const did = await poll(() => whyNoRestart(of, before), { everyMs, withinMs, signal: carrying.signal });
    if (did !== undefined) return { did };
    return { doubt: `it is not known whether ${worker} was restarted (${error.message}): look at it` };
  }
}

/** Why it needs none any more: it came up since, or runs with the parameters already. */
async function whyNoRestart({ cluster, worker, hash }: Turn, before: Before): Promise<string | undefined> {
  const now = await cluster.lookAt(worker);
  if (now.state !== 'up') return undefined;
  const isNew =
    before.startedAt === undefined
      ? before.state === 'down'
      : now.startedAt !== undefined && now.startedAt > before.startedAt;
  if (isNew) return `started at ${now.startedAt ?? 'a time it does not tell'}`;
  if (hash === undefined) return undefined;
  const held = await cluster.held(worker);
  return 'known' in held && held.known.inForce === hash ? 'runs with the new parameters already' : undefined;
}

/** A worker that has not accepted them ends with 1 and does not start with them: restarting it would only lose it. */
async function notAccepted(
  { cluster, worker }: Turn,
  hash: string,
  { exitCode }: Before,
): Promise<string | undefined> {
  const held = await cluster.held(worker);
  const refuses = 'known' in held ? held.known.accepted !== hash : exitCode === 1;
  if (!refuses) return undefined;
  const ended = exitCode === undefined ? '' : `, and ended with exit code ${exitCode}`;
  return `${worker} has not accepted the parameters ${hash}${ended}: it does not start with them. Remove network-parameters from its directory, as the operator of the network says, then go on`;
}

const PAUSED = 'it is paused';

/** Waits until it may be stopped and started now; why not, when that does not come. */
async function readiness(of: Turn): Promise<string | undefined> {
  const { carrying, cluster, waits, patience } = of;
  let short: string | undefined;
  const may = async (): Promise<true | string | undefined> => {
    if (await patience.isPaused()) return PAUSED;
    if (await patience.isCancelled()) return 'it is being cancelled';
    short = await whyTooFew(of);
    const wait = short === undefined ? stagger(of) : 0;
    if (short === undefined && wait === 0) return true;
    await carrying.progress(
      short ?? `waits ${durationInWords(wait)}, so that it does not poll together with another`,
    );
    return undefined;
  };
  const { everyMs, quorumMs } = waits;
  const withinMs = quorumMs + (of.pollSeconds ?? 0) * 1_000;
  for (;;) {
    const answer = await poll(may, { everyMs, withinMs, signal: carrying.signal });
    if (answer === true) return undefined;
    if (answer === undefined) break;
    if (answer !== PAUSED) return answer;
    // What it waits for is waited for anew: a pause takes nothing of that time.
    await patience.unpaused();
  }
  return (
    short ?? `no time was found at which ${of.worker} would poll alone (${cluster.apartSeconds} s apart)`
  );
}

/**
 * Why too few of the others work for this one to be stopped, counted now; what is not known is not counted. Nothing is
 * taken away by starting one that does not run.
 */
export async function whyTooFew({
  cluster,
  worker,
}: Pick<Turn, 'cluster' | 'worker'>): Promise<string | undefined> {
  if (cluster.workers.length === 1) return undefined;
  const all = await cluster.look();
  if (all.some(({ id, state }) => id === worker && state === 'down')) return undefined;
  const others = all.filter(({ id }) => id !== worker);
  const up = others.filter(({ state }) => state === 'up').length;
  if (up >= cluster.quorum) return undefined;
  const missing = others.filter(({ state }) => state !== 'up').map(({ id, state }) => `${id} is ${state}`);
  return `stopping ${worker} would leave ${up} of ${cluster.workers.length} workers, and ${cluster.quorum} have to work (${missing.join(', ')})`;
}

const stagger = ({ cluster, now, started = [], pollSeconds = 0 }: Turn): number =>
  cluster.workers.length === 1
    ? 0
    : waitMs(now().getTime(), started, {
        pollSeconds,
        apartSeconds: cluster.apartSeconds,
        count: cluster.workers.length,
      });

/** Of a cluster that something else keeps running: it ends at its next poll, and comes back. */
async function comesBack(of: Turn, before: Before): Promise<Tried<{ readonly did: string }>> {
  const { carrying, worker, waits, pollSeconds = 0 } = of;
  await carrying.progress(`waits for ${worker} to end at its next poll and to come back`);
  const { everyMs, restartMs } = waits;
  const withinMs = pollSeconds * 1_000 + restartMs;
  const did = await poll(() => whyNoRestart(of, before), { everyMs, withinMs, signal: carrying.signal });
  if (did !== undefined) return { did };
  return { doubt: `${worker} did not come back within ${durationInWords(withinMs)}: see its supervisor` };
}

async function serves(of: Turn, before: Before): Promise<Passed> {
  const { carrying, cluster, worker, waits, hash } = of;
  return gate({
    cluster,
    worker,
    before,
    hash,
    everyMs: waits.everyMs,
    withinMs: cluster.servesWithinMs,
    signal: carrying.signal,
    progress: (why) => carrying.progress(`${worker}: ${why}`),
  });
}

function ofOutside(error: unknown): undefined {
  if (!(error instanceof OutsideError)) throw error;
}
