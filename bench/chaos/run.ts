import { setTimeout as wait } from 'node:timers/promises';

import { type Book, createBook, type Fired } from './book.ts';
import { openEyes, type Watch } from './eyes.ts';
import { judge, type Verdict } from './judge.ts';
import { startLoad } from './load.ts';
import { startPeople } from './people.ts';
import { evidenceOf, jobsOf, ledgerOf, storyOf } from './quiet.ts';
import { openStage, type Stage } from './stage.ts';
import { strike } from './strikes.ts';
import { makeTrouble } from './trouble.ts';

const QUIET_WITHIN_MS = 240_000;
/** Nothing may change any more for this long: a doubled message may come late. */
const QUIET_FOR_MS = 6_000;
/** What is wrong and does not change for this long, over several sweeps, stays wrong. */
const STUCK_MS = 50_000;
const SLOWEST = 5;

interface Wait {
  readonly ms: number;
  readonly token: string;
  readonly alert: Fired;
}

export interface Outcome extends Verdict {
  readonly book: Book;
  /** Rows of the ledger still under way, in words. */
  readonly open: readonly string[];
  readonly states: ReadonlyMap<string, number>;
  /** From 202 to the message in the room, the longest first. */
  readonly waits: readonly Wait[];
  /** What became of those that took longest. */
  readonly slowest: readonly string[];
  /** What Redis knows of what is wrong. */
  readonly evidence: readonly string[];
  readonly tookMs: number;
}

export interface Options {
  readonly kills: number;
  readonly seed: number;
  readonly say: (line: string) => void;
  /** Told what each life of each process wrote. */
  readonly keep?: (twin: number, output: string) => void;
}

/** Plays one storm, waits until it is quiet, and looks at what came of it. */
export async function runChaos({ kills, seed, say, keep = () => undefined }: Options): Promise<Outcome> {
  const began = Date.now();
  await using stage = await openStage();
  const book = createBook();
  using eyes = openEyes(stage, book.alerts);
  const trouble = makeTrouble(stage, book, seed);
  const load = startLoad(stage, book, eyes, seed);
  const people = startPeople(stage, book, eyes, seed);
  await strike(stage, book, { kills, seed, say, keep });
  trouble[Symbol.dispose]();
  const after = (): string => `${((Date.now() - began) / 1000).toFixed(0)} s`;
  say(`${kills} kills done after ${after()}; producers and people come to their end`);
  await Promise.all([load.stop(), people.stop()]);
  say(`they did after ${after()}; waiting until it is quiet`);
  const verdict = await quiet(stage, book, eyes, say);
  for (const [at, twin] of stage.twins.entries()) keep(at, twin.output());
  const { open, states } = await ledgerOf(stage.records);
  const wrong = [...verdict.lost, ...verdict.stale, ...verdict.doubled.discord, ...verdict.doubled.matrix];
  const suspects = new Set(wrong.flatMap((words) => /\ba[0-9a-z]{9}\b/.exec(words)?.[0] ?? []));
  const evidence = (
    await Promise.all([...suspects].slice(0, 5).map((id) => evidenceOf(stage.records, id)))
  ).flat();
  const waits = waitsOf(book, eyes);
  const slowest = await Promise.all(waits.slice(0, SLOWEST).map((one) => storyOf(stage.records, one)));
  return {
    ...verdict,
    book,
    open: open.map(({ id, cause, platform, state }) => `${cause} ${platform} ${state} ${id}`),
    states,
    waits,
    slowest,
    evidence,
    tookMs: Date.now() - began,
  };
}

function waitsOf({ alerts }: Book, eyes: Watch): readonly Wait[] {
  const waits = alerts.flatMap((alert) =>
    alert.episodes.flatMap((episode): Wait[] => {
      const { acceptedAt, token } = episode;
      const seenAt = eyes.seenAt(episode);
      if (acceptedAt === undefined || seenAt === undefined) return [];
      return [{ ms: Math.max(0, seenAt - acceptedAt), token, alert }];
    }),
  );
  return waits.toSorted((a, b) => b.ms - a.ms);
}

async function quiet(
  { records }: Stage,
  book: Book,
  eyes: Watch,
  say: (line: string) => void,
): Promise<Verdict> {
  const until = Date.now() + QUIET_WITHIN_MS;
  let since = Date.now();
  let told = '';
  let [before, changedAt] = ['', Date.now()];
  for (;;) {
    const [{ open, leftOut }, jobs] = [await ledgerOf(records), await jobsOf(records)];
    const verdict = judge(book, eyes.look(), leftOut);
    const isDone = verdict.lost.length === 0 && verdict.stale.length === 0;
    if (!isDone || open.length > 0 || jobs > 0) since = Date.now();
    const now = JSON.stringify([verdict, open.length]);
    if (now !== before) [before, changedAt] = [now, Date.now()];
    const what = verdict.lost[0] ?? verdict.stale[0] ?? open[0]?.cause;
    const line = `  to be shown yet ${verdict.lost.length}, to be brought up to date ${verdict.stale.length}, rows open ${open.length}, jobs ${jobs}`;
    if (line !== told) say(what === undefined ? line : `${line}; such as ${what}`);
    told = line;
    const isStuck = Date.now() - changedAt > STUCK_MS;
    if (Date.now() - since > QUIET_FOR_MS || isStuck || Date.now() > until) return verdict;
    await wait(1_000);
  }
}
