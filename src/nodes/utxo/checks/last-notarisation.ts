import type { Facts } from '#src/domain/finding.ts';
import { notarising, profileOf } from '#src/domain/profile.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { lastPaid, MOST_LISTED, type Paid } from '../wallet/notarisations.ts';
import { notaryKey } from '../wallet/notary-key.ts';
import { type Check, factsBefore, MOST_AHEAD_MS, type Scene, unknown } from './check.ts';
import { grade } from '../../grade.ts';

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
    const { at, atMost, askedAt } = await paidLately(scene);
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
      return unknown(`none among its ${MOST_LISTED} newest transactions`);
    const advice =
      'See whether iguana runs and its peers see this node; restart iguana. Check its UTXOs first.';
    return { ...graded, shown: took, advice, remedy: 'restart-iguana' };
  },
};

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** Asked for every few minutes; in between as it was. */
async function paidLately(scene: Scene): Promise<Paid & { readonly askedAt: string }> {
  const { rpc, now, daemon, target } = scene;
  const before = factsBefore(lastNotarisation.id, scene);
  const askedBefore = Date.parse(String(before['askedAt']));
  if (now.getTime() - askedBefore < ASK_AGAIN_MS) {
    return { at: timeIn(before, 'at'), atMost: timeIn(before, 'atMost'), askedAt: isoOf(askedBefore) };
  }
  const latestMs = now.getTime() + MOST_AHEAD_MS;
  const paid = await lastPaid(rpc, { profile: target.profile, chain: await daemon.chain(), latestMs });
  return { ...paid, askedAt: now.toISOString() };
}

function timeIn(facts: Facts, name: string): number | undefined {
  const at = Date.parse(String(facts[name]));
  return Number.isNaN(at) ? undefined : at;
}
