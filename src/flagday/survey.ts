import { OutsideError } from '#src/domain/errors.ts';
import type { Survey, Surveyed } from '#src/domain/flagday.ts';
import type {
  AnnouncedParameters,
  Difference,
  Held,
  Known,
  NetworkNow,
  NotaryCluster,
} from '#src/domain/notary-cluster.ts';

import { ordered } from './order.ts';
import { coincide } from './stagger.ts';

export interface Surveying {
  readonly node: string;
  readonly service: string;
  readonly cluster: NotaryCluster;
  /** The parameters that are asked about; those that the network announces, or has switched to, when it is not said. */
  readonly hash?: string | undefined;
  /** What notices announce, for a network map that does not tell of it yet. */
  readonly announced?: readonly AnnouncedParameters[] | undefined;
}

/** Looks at a cluster and its network as a flag day would find them. Throws OutsideError where the network map gives none. */
export async function survey({ node, service, cluster, hash, announced = [] }: Surveying): Promise<Survey> {
  const network = await cluster.network();
  const workers = await inOrder(cluster, network.pollSeconds);
  const update = updateOf(network, workers, { hash, announced });
  const come = update !== undefined && network.current === update.hash;
  const placed = workers.map((worker) => withUpdate(worker, update?.hash));
  const base = {
    node,
    service,
    quorum: cluster.quorum,
    supervised: cluster.supervised,
    network,
    update,
    come,
  };
  const difference = await differenceOf(cluster, { network, update, come, workers });
  const polls = placed.flatMap(({ id, polled }) =>
    'known' in polled ? [{ id, at: Date.parse(polled.known.at) }] : [],
  );
  const spacing = {
    pollSeconds: network.pollSeconds ?? 0,
    apartSeconds: cluster.apartSeconds,
    count: cluster.workers.length,
  };
  const found = { ...base, difference, workers: placed, coincide: coincide(polls, spacing) };
  return { ...found, obstacles: obstaclesOf(found, cluster) };
}

interface Looked extends Omit<Surveyed, 'accepted' | 'runsIt'> {
  readonly held: Known<Held>;
}

/** The workers as they are, in the order in which they would be restarted. Never rejects for a worker's sake. */
export async function inOrder(cluster: NotaryCluster, pollSeconds = 0): Promise<readonly Looked[]> {
  const seen = await cluster.look();
  const all = await Promise.all(
    seen.map(async (now) => {
      const [polled, held] = await Promise.all([cluster.polled(now, pollSeconds), cluster.held(now.id)]);
      return { now, polled, held };
    }),
  );
  const byId = new Map(all.map((one) => [one.now.id, one]));
  return ordered(all).flatMap((place) => {
    const one = byId.get(place.id);
    return one ? [{ ...place, now: one.now, held: one.held }] : [];
  });
}

/** What is asked about; what the network map announces; what it has switched to while a worker is behind; what a notice says. */
function updateOf(
  { current, update }: NetworkNow,
  workers: readonly Looked[],
  { hash, announced }: Pick<Surveying, 'hash'> & { readonly announced: readonly AnnouncedParameters[] },
): AnnouncedParameters | undefined {
  const known = [...(update ? [update] : []), ...announced];
  const switched = { hash: current, description: '', from: 'the network map' };
  const told = (wanted: string): AnnouncedParameters | undefined =>
    known.find((one) => one.hash === wanted) ?? (wanted === current ? switched : undefined);
  if (hash !== undefined) return told(hash);
  if (update) return update;
  const isBehind = workers.some(({ held }) => 'known' in held && held.known.inForce !== current);
  const areUntold = workers.every(({ held }) => !('known' in held));
  const [notice] = announced.filter((one) => one.hash !== current);
  if (isBehind) return told(current);
  return notice ?? (areUntold ? told(current) : undefined);
}

function withUpdate({ held, ...worker }: Looked, hash: string | undefined): Surveyed {
  if (!('known' in held)) return { ...worker, accepted: undefined, runsIt: undefined, unknown: held.why };
  const { inForce, accepted } = held.known;
  if (hash === undefined) return { ...worker, accepted: undefined, runsIt: undefined };
  return { ...worker, accepted: accepted === hash || inForce === hash, runsIt: inForce === hash };
}

async function differenceOf(
  cluster: NotaryCluster,
  {
    network,
    update,
    come,
    workers,
  }: {
    readonly network: NetworkNow;
    readonly update: AnnouncedParameters | undefined;
    readonly come: boolean;
    readonly workers: readonly Looked[];
  },
): Promise<Known<Difference>> {
  if (!update) return { why: 'there is no update' };
  const behind = workers.flatMap(({ held }) =>
    'known' in held && held.known.inForce !== update.hash ? [held.known.inForce] : [],
  );
  const from = come ? behind[0] : network.current;
  if (from === undefined)
    return { why: 'which parameters came before is told by the directories of workers only' };
  try {
    const known = await cluster.difference(from, update.hash);
    return known ? { known } : { why: 'the network map does not give the parameters any more' };
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    return { why: error.message };
  }
}

/** What the fleet file does not give of what a flag day needs: a supervised worker is restarted by its supervisor. */
export const lacking = ({ missing, supervised }: NotaryCluster): readonly string[] =>
  [missing.networkMap, missing.jolokia, supervised ? undefined : missing.restart].filter(
    (words) => words !== undefined,
  );

/** Why a flag day cannot be started, in words with what to do. */
function obstaclesOf(
  { update, difference, workers, quorum, supervised }: Omit<Survey, 'obstacles'>,
  cluster: NotaryCluster,
): readonly string[] {
  const behind = workers.filter(({ runsIt }) => runsIt !== true);
  const refused = behind.filter(({ accepted }) => accepted === false).map(({ id }) => id);
  const count = workers.length;
  return [
    ...lacking(cluster),
    ...(update ? [] : ['no update of the network parameters is announced, and no worker is behind']),
    ...(update && behind.length === 0 ? [`every worker runs with ${update.hash} already`] : []),
    ...(update && 'known' in difference && difference.known.hotLoadable && refused.length === 0
      ? ['only the list of notaries changes: nodes that accepted it take it without a restart']
      : []),
    ...(update && refused.length > 0
      ? [
          `${refused.join(', ')} has not accepted ${update.hash}: it would end with exit code 1 and not start again. Run accept-parameters first`,
        ]
      : []),
    ...(!supervised && count > 1 && quorum >= count
      ? [
          `${quorum} of ${count} workers have to work, so none may be stopped: say in the fleet file which quorum is enough`,
        ]
      : []),
  ];
}
