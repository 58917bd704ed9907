import type { Facts } from '#src/domain/finding.ts';
import type { Voice } from '#src/domain/voice.ts';
import { BlockHash, ChainTips } from '../payloads.ts';
import { createReferences } from '../fork/references.ts';
import { findSplit, type Split } from '../fork/split.ts';
import { type Camp, campsOf, FEWEST, judge, type Parting, type Witness } from '../fork/verdict.ts';
import { type Check, factsBefore, type Scene, type Seen, unknown } from './check.ts';

/** What was said longer ago is no testimony. */
const FRESH_MS = 10 * 60_000;
/** The daemon's own tips so near the newest block belong to the story. */
const NEAR_TIP = 200;
const references = createReferences();

interface Fellow extends Witness {
  /** Undefined for a reference. */
  readonly voice?: Voice | undefined;
}

const height = (number: number): string => number.toLocaleString('en-US');
const short = (hash: string): string => `…${hash.slice(-12)}`;

/** Its blocks against those of the coin's other daemons, some blocks below the newest: the majority is believed. */
export const fork: Check = {
  id: 'fork',
  title: 'fork',
  costs: 'notarisations',
  alertname: 'ForkDetected',
  otherAlertnames: ['ChainSplit'],
  async look(scene) {
    if (!scene.voices)
      return { ...unknown('what the other nodes of this coin say is not known'), aside: true };
    const { marks, blocks } = await scene.daemon.chain();
    if (marks.length === 0) return unknown('it does not tell the blocks of its chain');
    const verdict = judge({ name: '', marks }, await othersOf(scene, marks));
    const { of } = verdict;
    const seen = { voices: of };
    switch (verdict.kind) {
      case 'too few':
        return { ...unknown(`${of} ${of === 1 ? 'voice' : 'voices'}, ${FEWEST} are needed`), aside: true };
      case 'agreed':
        return { finding: { state: 'up', facts: seen }, shown: `${of} agree`, figure: since(0) };
      case 'majority':
        return {
          finding: { state: 'up', facts: { ...seen, agree: verdict.same } },
          shown: `${verdict.same} of ${of}`,
          figure: since(0),
        };
      case 'undecided': {
        const { same, parting } = verdict;
        const where = rangeWords(parting);
        const tips = await ownTips(scene, blocks);
        const why = `the chain is split ${where}: ${same} of ${of} have what it has, no other chain has more than half of them${aboutTips(tips)}`;
        return {
          finding: {
            state: 'degraded',
            why,
            facts: { ...seen, agree: same, ...tips },
          },
          shown: `${same} of ${of}`,
          figure: since(blocks - parting.same),
          alertname: 'ChainSplit',
          advice:
            'Nobody here can say who is right: ask the coin’s developers, or an explorer, which chain is valid.',
        };
      }
      case 'minority':
        return await onFork(scene, verdict, blocks);
    }
  },
};

const since = (blocks: number) => ({ value: Math.max(0, blocks), unit: 'blocks' }) as const;

/** The other nodes that were heard lately, one voice for each, and the references. */
async function othersOf(
  { target, voices = [], now }: Scene,
  marks: Voice['marks'],
): Promise<readonly Camp<Fellow>[]> {
  const { camps, campOf } = speakersOf(voices, now);
  const own = campOf.get(target.node.id);
  const others = camps.flatMap((camp) => {
    if (camp !== own) return [camp];
    const [first, ...rest] = camp.filter(({ voice }) => voice?.node !== target.node.id);
    return first ? [[first, ...rest] as const] : [];
  });
  return [...others, ...campsOf(await references.hear(target.references ?? [], marks))];
}

interface Speakers {
  readonly camps: readonly Camp<Fellow>[];
  readonly campOf: ReadonlyMap<string, Camp<Fellow>>;
}

const heard = new WeakMap<readonly Voice[], Speakers>();

/** One voice for each node that was heard lately and is no beginner: made once of what all looks of a moment hear alike. */
function speakersOf(voices: readonly Voice[], now: Date): Speakers {
  const known = heard.get(voices);
  if (known) return known;
  const oldest = now.getTime() - FRESH_MS;
  const fresh = voices.filter(({ syncing, at }) => !syncing && Date.parse(at) >= oldest);
  const byNode = new Map(fresh.toSorted((a, b) => a.height - b.height).map((voice) => [voice.node, voice]));
  const camps = campsOf(
    [...byNode.values()].map((voice) => ({
      name: `${voice.service} on ${voice.node}`,
      marks: voice.marks,
      voice,
    })),
  );
  const campOf = new Map(camps.flatMap((camp) => camp.map(({ voice }) => [voice.node, camp] as const)));
  const speakers = { camps, campOf };
  heard.set(voices, speakers);
  return speakers;
}

interface Minority {
  readonly of: number;
  readonly majority: readonly Fellow[];
  readonly parting: Parting;
}

async function onFork(scene: Scene, { of, majority, parting }: Minority, blocks: number): Promise<Seen> {
  const split = await splitOf(scene, majority, parting);
  const tips = await ownTips(scene, blocks);
  const has = `${majority.length} of ${of}`;
  const why = split
    ? `on a fork since block ${height(split.height)}: has ${short(split.ours)} where ${has} have ${short(split.theirs)}`
    : `on a fork ${rangeWords(parting)}: ${has} have another chain`;
  const facts: Facts = {
    voices: of,
    against: majority.length,
    ...(split && { split: split.height, ours: split.ours, theirs: split.theirs }),
    ...tips,
  };
  return {
    finding: { state: 'down', why: why + aboutTips(tips), facts },
    shown: `since ${split?.height ?? `> ${parting.same}`}`,
    figure: since(blocks - (split?.height ?? parting.differs) + 1),
    advice:
      'A person must look: stop what signs here, compare with an explorer, then invalidateblock or resync.',
  };
}

const rangeWords = ({ same, differs }: Parting): string =>
  differs === same + 1
    ? `since block ${height(differs)}`
    : `since a block between ${height(same + 1)} and ${height(differs)}`;

/** Where the chains part, exactly: as it was found before, as the voices tell it, or as a node of the majority tells when asked. */
async function splitOf(
  scene: Scene,
  majority: readonly Fellow[],
  parting: Parting,
): Promise<Split | undefined> {
  const before = await stillSplit(scene, parting);
  if (before) return before;
  const { marks } = await scene.daemon.chain();
  const hashIn = (of: Voice['marks']): string | undefined =>
    of.find((mark) => mark.height === parting.differs)?.hash;
  const ours = hashIn(marks);
  const theirs = majority.flatMap((fellow) => hashIn(fellow.marks) ?? [])[0];
  if (parting.differs === parting.same + 1 && ours !== undefined && theirs !== undefined) {
    return { height: parting.differs, ours, theirs };
  }
  const voice = majority.find((fellow) => fellow.voice)?.voice;
  if (!voice || !scene.fellow) return undefined;
  try {
    const fellow = await scene.fellow(voice);
    return fellow && (await findSplit(scene.rpc, fellow, parting));
  } catch {
    // The range is told instead; the next look asks again.
    return undefined;
  }
}

/** What an earlier look found, while this daemon still has that block. */
async function stillSplit({ rpc, earlier }: Scene, { same, differs }: Parting): Promise<Split | undefined> {
  const { split, ours, theirs } = factsBefore(fork.id, { earlier });
  if (typeof split !== 'number' || typeof ours !== 'string' || typeof theirs !== 'string') return undefined;
  if (split <= same || split > differs) return undefined;
  const now = BlockHash.safeParse(await rpc.call('getblockhash', [split])).data;
  return now?.toLowerCase() === ours ? { height: split, ours, theirs } : undefined;
}

type Tips = { readonly tips?: string };

const aboutTips = ({ tips }: Tips): string => (tips === undefined ? '' : `; it knows of others: ${tips}`);

/**
 * What the daemon knows of other chains near its newest block: one that it holds for invalid tells why it went another way.
 * Asked only when the chains differ: it makes old daemons walk through all their blocks.
 */
async function ownTips({ rpc }: Scene, blocks: number): Promise<Tips> {
  const [answer] = await rpc.batch([{ method: 'getchaintips' }]);
  const tips = answer && 'result' in answer ? (ChainTips.safeParse(answer.result).data ?? []) : [];
  const near = tips
    .filter((tip) => tip.status !== 'active' && Math.abs(tip.height - blocks) <= NEAR_TIP)
    .toSorted((a, b) => b.height - a.height);
  const words = near.slice(0, 3).map((tip) => `${tip.status} up to ${height(tip.height)}`);
  return words.length > 0 ? { tips: words.join(', ') } : {};
}
