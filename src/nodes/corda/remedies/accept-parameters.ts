import { OutsideError, UserError } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Target } from '#src/domain/node.ts';
import {
  type Difference,
  type NotaryCluster,
  parametersHash,
  type WorkerNow,
} from '#src/domain/notary-cluster.ts';
import type { Arguments, Carrying, Plan, Remedy } from '#src/domain/remedy.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { poll } from '../../poll.ts';
import { requireAllowed } from '../../supervisors/index.ts';
import { boundsOf, clusterOf, ranFor, shown } from '../cluster.ts';
import { type Argv, settingsOf, withHash, type Worker, workersOf } from '../settings.ts';

export interface AcceptOptions {
  readonly everyMs?: number;
  /** Longest wait for the file that a node writes when it has accepted. */
  readonly writesMs?: number;
  readonly reach?: typeof clusterOf;
}

const BY_HAND = "accept the parameters in the node's shell, by run acceptNewNetworkParameters";
const PLAN_MS = 15_000;
/** A node polls when it starts, and a minute later when that failed: after two of them it knows of the update. */
const POLLED_MS = 2 * 60_000;

/**
 * Accepts an update of the network's parameters, exactly the hash that was shown, on each worker that has not: by a
 * program of the node, as Corda's shell wants a login that Tocsin does not have. It cannot be taken back.
 */
export function createAcceptParameters({
  everyMs = 1_000,
  writesMs = 60_000,
  reach = clusterOf,
}: AcceptOptions = {}): Remedy {
  return {
    id: 'accept-parameters',
    summary: 'Accepts the announced network parameters, exactly the hash shown; it cannot be taken back',
    risk: 'high',
    kinds: ['corda'],
    parameters: [
      { name: 'hash', summary: 'The new parameters; those that the network map announces when not said' },
    ],
    notHere({ node, service }, executor) {
      if (!executor) return `Tocsin has no way into ${node.id}: ${BY_HAND}.`;
      const without = workersOf(settingsOf(service)).filter(({ accept: argv }) => argv === undefined);
      const ids = without.map(({ id }) => id).join(', ');
      return ids === '' ? undefined : `The fleet file gives no accept of ${ids}: ${BY_HAND}.`;
    },
    async plan(target, args, executors) {
      const signal = AbortSignal.timeout(PLAN_MS);
      const executor = executors(target.node);
      const found = await prepared(target, args, reach(target, { executor, signal }));
      if (executor)
        await requireAllowed(
          { node: target.node, executor },
          'once',
          ...found.workers.map(({ argv }) => argv),
        );
      return planOf(found);
    },
    async carryOut(carrying) {
      const { target, executors, bound, signal } = carrying;
      const hash = parametersHash(bound['parameters']);
      const ids = (bound['workers'] ?? '').split(' ').filter(Boolean);
      if (hash === undefined || ids.length === 0)
        throw new UserError('What was approved is not on record as it was: ask for it anew.');
      const cluster = reach(target, { executor: executors(target.node), signal });
      const told: string[] = [];
      for (const id of ids) {
        const argv = argvOf(target, id, hash);
        await carrying.journal.step(`accept on ${id}`, () => accept(carrying, { cluster, id, hash, argv }));
        told.push(
          await carrying.journal.step(
            `see that ${id} accepted`,
            () => verified(target, { cluster, id, hash }, { everyMs, withinMs: writesMs, signal }),
            { anyway: true },
          ),
        );
      }
      return `${hash}: ${told.join('; ')}.`;
    },
  };
}

export const acceptParameters: Remedy = createAcceptParameters();

interface Prepared {
  readonly hash: string;
  readonly description: string;
  readonly deadline: string;
  /** Those that have not accepted, with the words that do it. */
  readonly workers: readonly { readonly id: string; readonly argv: Argv; readonly polled: string }[];
  /** Of which it is not known. */
  readonly untold: readonly string[];
  readonly difference: Difference | undefined;
}

async function prepared(target: Target, args: Arguments, cluster: NotaryCluster): Promise<Prepared> {
  if (settingsOf(target.service).networkMap === undefined)
    throw new UserError('The fleet file gives no networkMap: what to accept is not known.');
  const { current, update, pollSeconds = 0 } = await cluster.network();
  const asked = parametersHash(args['hash']);
  if (!update)
    throw new UserError('The network map announces no update of its parameters: nothing to accept.');
  if (asked !== undefined && asked !== update.hash)
    throw new UserError(
      `The network map announces ${update.hash}, not ${asked}: only the latest can be accepted. Compare it with what the operator of the network announced.`,
    );
  const held = await Promise.all(cluster.workers.map(async (id) => ({ id, held: await cluster.held(id) })));
  const behind = held.filter(({ held: one }) => !('known' in one) || one.known.accepted !== update.hash);
  if (behind.length === 0) throw new UserError(`Every worker has accepted ${update.hash}.`);
  const all = await cluster.look();
  const workers = await Promise.all(
    behind.map(async ({ id }) => ({
      id,
      argv: argvOf(target, id, update.hash),
      polled: await requirePolled(cluster, { id, now: all.find((one) => one.id === id), pollSeconds }),
    })),
  );
  return {
    hash: update.hash,
    description: update.description,
    deadline: update.deadline ?? '',
    workers,
    untold: behind.flatMap(({ id, held: one }) => ('known' in one ? [] : [`${id} (${one.why})`])),
    difference: await cluster.difference(current, update.hash),
  };
}

function planOf({ hash, description, deadline, workers, untold, difference }: Prepared): Plan {
  return {
    steps: [
      `See, before each worker, that the network map still announces ${hash}`,
      ...workers.map(({ id, argv }) => `Accept it on ${id}, once: ${shown(argv)}`),
      'See after each, by the file that a node writes then (network-parameters-update), that it accepted this hash',
      'There is no way back: a node that accepted cannot take it back, and ends at its first poll after the flag day',
    ],
    bound: { parameters: hash, workers: workers.map(({ id }) => id).join(' '), deadline },
    seen: {
      'Announced as': description,
      Changes: difference
        ? difference.changes.join('\n') || 'nothing'
        : 'not known: the network map does not give both of them',
      'Restart on the flag day': difference
        ? difference.hotLoadable
          ? 'none: only the list of notaries changes'
          : 'every worker'
        : 'not known',
      'Polled since its start': workers.map(({ id, polled }) => `${id}: ${polled}`).join('\n'),
      'Not known whether it has accepted already': untold.join('; '),
    },
  };
}

/** A node that has not polled since it started knows of no update, and refuses. Throws UserError. */
async function requirePolled(
  cluster: NotaryCluster,
  {
    id,
    now,
    pollSeconds,
  }: { readonly id: string; readonly now: WorkerNow | undefined; readonly pollSeconds: number },
): Promise<string> {
  if (now?.state !== 'up')
    throw new UserError(`${id} has to run to accept anything: ${now?.why ?? `it is ${now?.state}`}.`);
  const polled = await cluster.polled(now, pollSeconds);
  const began = now.startedAt;
  if ('known' in polled && polled.known.by === 'log' && began !== undefined && polled.known.at >= began)
    return `polled at ${polled.known.at}, as its log tells`;
  if (began === undefined)
    throw new UserError(
      `It is not known since when ${id} runs, nor whether it has polled since: accept it by hand.`,
    );
  const ranMs = Date.now() - Date.parse(began);
  if (ranMs >= POLLED_MS) return `runs for ${durationInWords(ranMs)}, and polls when it starts`;
  throw new UserError(
    `${id} was started ${durationInWords(ranMs)} ago: a node that has not polled since its start accepts nothing. Wait ${durationInWords(POLLED_MS - ranMs)}.`,
  );
}

async function requireAnnounced(cluster: NotaryCluster, hash: string): Promise<void> {
  const { update } = await cluster.network();
  if (update?.hash === hash) return;
  throw new UserError(
    `The network map announces ${update?.hash ?? 'nothing'} by now, not ${hash}: nobody is asked to accept that any more.`,
  );
}

interface Accepting {
  readonly cluster: NotaryCluster;
  readonly id: string;
  readonly hash: string;
}

/**
 * Looks first, at the worker and at what is announced; the program runs once under its id, whoever asks. Throws UserError
 * when it did not accept.
 */
async function accept(
  { request, target, executors, signal, progress, log }: Carrying,
  { cluster, id, hash, argv }: Accepting & { readonly argv: Argv },
): Promise<string> {
  const held = await cluster.held(id);
  if ('known' in held && held.known.accepted === hash) return 'it has accepted already';
  const executor = executors(target.node);
  if (!executor) throw new UserError(`Tocsin has no way into the machine of ${target.node.id}.`);
  await requireAnnounced(cluster, hash);
  await progress(`accepting on ${id}`);
  try {
    const ran = ranFor(
      await executor.runOnce(target.node, keyOf(request, 'accept', id), argv, boundsOf(signal)),
    );
    if (ran.said) await log(`${id}: ${ran.said}`);
    if (ran.exitCode === 0) return 'asked';
    throw new UserError(
      `The program that accepts on ${id} ended with exit code ${ran.exitCode}: see \`remedy log\`, and whether the node has polled since its start.`,
    );
  } catch (error) {
    // Whether it was done is told by the node's own file, where that is to be read.
    if (error instanceof OutsideError && error.maybeDone && 'known' in held) return 'not known';
    throw error;
  }
}

async function verified(
  target: Target,
  { cluster, id, hash }: Accepting,
  patience: Parameters<typeof poll>[1],
): Promise<string> {
  const unverified = (why: string): string =>
    `${id} was asked to accept it; that it did is not verified (${why})`;
  if (workerOf(target, id)?.directory === undefined)
    return unverified('the fleet file gives no directory of it');
  let held = await cluster.held(id);
  const seen = await poll(async () => {
    held = await cluster.held(id);
    return 'known' in held && held.known.accepted === hash ? true : undefined;
  }, patience);
  if (seen) return `${id} has it in network-parameters-update`;
  if (!('known' in held)) return unverified(held.why);
  throw new UserError(
    `${id} was asked to accept ${hash} and has not (its file has ${held.known.accepted}): see its log.`,
  );
}

const workerOf = ({ service }: Target, id: string): Worker | undefined =>
  workersOf(settingsOf(service)).find((one) => one.id === id);

function argvOf(target: Target, id: string, hash: string): Argv {
  const accept = workerOf(target, id)?.accept;
  if (accept) return withHash(accept, hash);
  throw new UserError(
    `The fleet file gives no accept of ${id}: accept it in the node's shell, run acceptNewNetworkParameters parametersHash: "${hash}".`,
  );
}
