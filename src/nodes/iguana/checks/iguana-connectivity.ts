import { durationInWords } from '#src/health/in-words.ts';
import { grade } from '../../grade.ts';
import { type Seen, sinceOf, unknown } from '../../check.ts';
import { type Round, Rounds } from '../payloads.ts';
import { IguanaError } from '../rpc.ts';
import { SETTLED_MS } from '../running.ts';
import type { Check, Scene } from './check.ts';

const MINUTE_MS = 60_000;
/** Fewer voices may all be wrong by chance: the round has only begun. */
const VOICES = 3;
const ADVICE =
  'Is its p2p port reachable from outside, and its address told (SuperNET/myipaddr)? Then iguana/addnotary with the ' +
  'addresses of other notaries.';
const REMEDY = { remedy: 'addnotary' };

/**
 * Whether the other notaries hear this one: its bit in what they say they received, and would sign with. Asked once
 * iguana has run for a while: before its first dPoW the very question ends it (`dpow/active` in iguana_notary.c reads
 * the first dPoW without looking whether there is one).
 */
export const iguanaConnectivity: Check = {
  id: 'iguana-connectivity',
  title: 'heard by',
  costs: 'notarisations',
  alertname: 'IguanaDisconnected',
  otherAlertnames: ['IguanaIdle'],
  async look(scene) {
    const early = await whyTooEarly(scene);
    if (early !== undefined) return unknown(early);
    const rounds = await roundsOf(scene);
    return 'finding' in rounds ? rounds : heard(rounds, scene);
  },
};

async function whyTooEarly({ settings, running, now }: Scene): Promise<string | undefined> {
  if (settings.rounds === 'always') return undefined;
  const { process, since } = await running();
  if (process === undefined) {
    return 'not asked, as it cannot be told since when this iguana runs: see "rounds" in the docs of the fleet file';
  }
  const left = SETTLED_MS - (now.getTime() - since.getTime());
  return left > 0 ? `asked once iguana has been seen for ${durationInWords(SETTLED_MS)}` : undefined;
}

async function roundsOf({ iguana, settings }: Scene): Promise<readonly Round[] | Seen> {
  const [coin = ''] = settings.coins;
  try {
    return await iguana.call(Rounds, ['dpow', 'active'], { coin });
  } catch (error) {
    if (!(error instanceof IguanaError) || !error.message.includes('no dpow round')) throw error;
    const finding = { state: 'degraded', why: 'no dPoW round has begun', facts: {} } as const;
    const advice =
      'Start the dPoW of its coins: iguana/dpow, KMD first; "same coin again" means that it is on.';
    return { finding, shown: 'idle', alertname: 'IguanaIdle', advice, remedy: 'restart-iguana' };
  }
}

function heard(rounds: readonly Round[], scene: Scene): Seen {
  if (rounds.length === 0) return unknown('no round is going on just now');
  const own = ownId(rounds, scene);
  if (own === undefined) {
    return unknown(`iguana knows no notary "${nameOf(scene)}": give its name or number as "notary"`);
  }
  const bit = 1n << BigInt(own);
  const voices = rounds.filter(({ recvmask }, id) => id !== own && recvmask !== 0n);
  const value = voices.filter(({ recvmask, bestmask }) => ((recvmask | bestmask) & bit) !== 0n).length;
  const facts = { notary: own, voices: voices.length, heardBy: value };
  const others = rounds.length - 1;
  if (voices.length < Math.max(1, Math.min(VOICES, others))) return alone(facts, others, scene);
  const { finding, figure } = grade({
    value,
    threshold: scene.threshold('iguana-heard-by'),
    bad: 'below',
    unit: 'count',
    facts,
    why: () =>
      `is heard by ${value === 0 ? 'none' : value} of the ${voices.length} notaries that it hears (bit ${own})`,
  });
  return { finding, figure, shown: `${value} of ${voices.length}`, advice: ADVICE, ...REMEDY };
}

/** Hardly anybody is heard: so it is for a moment when a round begins; when it lasts, it is this one that is cut off. */
function alone(
  counted: { readonly notary: number; readonly voices: number; readonly heardBy: number },
  others: number,
  scene: Scene,
): Seen {
  const since = sinceOf(iguanaConnectivity.id, 'alone', scene);
  const facts = { ...counted, how: 'alone', since: since.toISOString() };
  const ms = scene.now.getTime() - since.getTime();
  const { critical = Infinity } = scene.threshold('iguana-alone');
  const why = `hears ${counted.voices === 0 ? 'none' : counted.voices} of ${others} other notaries`;
  const shown = `hears ${counted.voices}`;
  if (ms <= critical * MINUTE_MS)
    return { finding: { state: 'degraded', why, facts }, shown, advice: ADVICE, ...REMEDY };
  const lasting = `${why}, for ${durationInWords(ms)} now`;
  return { finding: { state: 'down', why: lasting, facts }, shown, advice: ADVICE, ...REMEDY };
}

const nameOf = ({ settings, target }: Scene): string | number => settings.notary ?? target.node.seat;

function ownId(rounds: readonly Round[], scene: Scene): number | undefined {
  const name = nameOf(scene);
  if (typeof name === 'number') return name < rounds.length ? name : undefined;
  const at = rounds.findIndex(({ notary }) => notary.toLowerCase() === name.toLowerCase());
  return at < 0 ? undefined : at;
}
