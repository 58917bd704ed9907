import type { Facts } from '#src/domain/finding.ts';
import { addressOfHash } from '#src/domain/address.ts';
import { notarising, profileOf } from '#src/domain/profile.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { readAs, Transactions } from '../payloads.ts';
import { networkOf, notaryKey } from '../wallet/notary-key.ts';
import { type Check, factsBefore, MOST_AHEAD_MS, type Scene, unknown } from './check.ts';
import { grade } from '../../grade.ts';

/** RXL3YXG2ceaB6C5hfJcN4fvmLH2C34knhA and its kin on other chains: every notarisation pays to it. */
const NOTARISATION_HASH = 'f1dce4182fce875748c4986b240ff7d7bc3fffb0';
/** The newest transactions of the wallet: older daemons sort all of them for each answer. */
const MOST = 200;
const ASK_AGAIN_MS = 5 * 60_000;
const MINUTE_MS = 60_000;

/** When the wallet last paid for a notarisation that it took part in. Not after the end of dPoW on its chain. */
export const lastNotarisation: Check = {
  id: 'last-notarisation',
  title: 'notarised',
  costs: 'notarisations',
  alertname: 'NotarisationOld',
  applies: ({ target, chain }) =>
    notaryKey(target, chain) !== undefined &&
    notarising(profileOf(target.profile), target.dpow, chain) === 'yes',
  async look(scene) {
    const { at, atMost, askedAt } = await lastPaid(scene);
    const ms = Math.max(0, scene.now.getTime() - (at ?? atMost ?? Number.NaN));
    if (Number.isNaN(ms)) return unknown('its wallet has no notarisation yet');
    const took = `${at === undefined ? '> ' : ''}${durationInWords(ms)}`;
    const graded = grade({
      value: ms / MINUTE_MS,
      unit: 'seconds',
      scale: 60,
      threshold: scene.threshold('last-notarisation'),
      bad: 'above',
      facts: {
        ...(at !== undefined && { at: isoOf(at) }),
        ...(atMost !== undefined && { atMost: isoOf(atMost) }),
        askedAt,
      },
      why: (limit) =>
        `its last notarisation was ${took} ago, longer than ${durationInWords(limit * MINUTE_MS)}`,
    });
    // A busy wallet's newest transactions may all be others: it is not known how much older it is.
    if (at === undefined && graded.finding.state === 'up')
      return unknown(`none among its ${MOST} newest transactions`);
    const advice =
      'See whether iguana runs and its peers see this node; restart iguana. Check its UTXOs first.';
    return { ...graded, shown: took, advice };
  },
};

interface Paid {
  /** Milliseconds since 1970. */
  readonly at?: number | undefined;
  /** It was before this: none was found in what is younger. */
  readonly atMost?: number | undefined;
  readonly askedAt: string;
}

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** Asked for every few minutes; in between as it was. */
async function lastPaid(scene: Scene): Promise<Paid> {
  const { rpc, now } = scene;
  const before = factsBefore(lastNotarisation.id, scene);
  const askedBefore = Date.parse(String(before['askedAt']));
  if (now.getTime() - askedBefore < ASK_AGAIN_MS) {
    return { at: timeIn(before, 'at'), atMost: timeIn(before, 'atMost'), askedAt: isoOf(askedBefore) };
  }
  const address = addressOfHash(NOTARISATION_HASH, await prefixOf(scene));
  const rows = readAs(Transactions, await rpc.call('listtransactions', ['*', MOST]), 'listtransactions');
  const paid = rows.filter(
    ({ category, address: to, time }) =>
      category === 'send' && to === address && time * 1000 <= now.getTime() + MOST_AHEAD_MS,
  );
  const askedAt = now.toISOString();
  if (paid.length > 0) return { at: Math.max(...paid.map(({ time }) => time)) * 1000, askedAt };
  if (rows.length < MOST) return { askedAt };
  return { atMost: Math.min(...rows.map(({ time }) => time)) * 1000, askedAt };
}

async function prefixOf({ target, daemon }: Scene): Promise<string> {
  return profileOf(target.profile)?.addressPrefix[networkOf(await daemon.chain())] ?? '';
}

function timeIn(facts: Facts, name: string): number | undefined {
  const at = Date.parse(String(facts[name]));
  return Number.isNaN(at) ? undefined : at;
}
