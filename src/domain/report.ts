import { spanWords } from './deadline.ts';
import type { Notice } from './notice.ts';
import { type Part, partsOf } from './progress.ts';
import { isMissing, NO_REGION, type RollCall, type RollEntry } from './roll.ts';

/** When so many per cent of the seats had come so far, after the sending; undefined: never. */
export interface Milestones {
  readonly to50Ms?: number | undefined;
  readonly to90Ms?: number | undefined;
  readonly to100Ms?: number | undefined;
}

/** How long it took, as a table: head and rows. */
export const MILESTONES = ['time to', '50 %', '90 %', '100 %'] as const;
export const milestoneRows = (
  report: Pick<Report, 'reached' | 'answered' | 'proven'>,
): readonly (readonly string[])[] =>
  (['reached', 'answered', 'proven'] as const).map((stage) => {
    const { to50Ms, to90Ms, to100Ms } = report[stage];
    return [stage, ...[to50Ms, to90Ms, to100Ms].map((ms) => (ms === undefined ? 'never' : spanWords(ms)))];
  });

/** A broadcast, looked back upon. Each list of numbers adds up to the seats. */
export interface Report {
  readonly notice: Notice;
  readonly seats: number;
  readonly reached: Milestones;
  readonly answered: Milestones;
  readonly proven: Milestones;
  readonly endedAs: Readonly<Record<Part, number>>;
  /** By platform; `–` = by none. */
  readonly reachedOn: Readonly<Record<string, number>>;
  readonly answeredOn: Readonly<Record<string, number>>;
  readonly contradictions: readonly { readonly seat: string; readonly words: string }[];
  readonly reasons: readonly { readonly seat: string; readonly words: string }[];
  /** Never reached, or never answered nor proven. */
  readonly silent: readonly string[];
  /** How many seats were escalated to whom. */
  readonly escalated: Readonly<Record<string, number>>;
}

/** Looks back on a broadcast: it is made from the roll alone, which is kept. */
export function reportOf({ notice, entries }: RollCall): Report {
  const since = Date.parse(notice.sentAt ?? notice.createdAt);
  const milestones = (at: (entry: RollEntry) => string | undefined): Milestones => {
    const times = entries.flatMap((entry) => at(entry) ?? []).map((iso) => Date.parse(iso) - since);
    const sorted = times.toSorted((a, b) => a - b);
    const to = (share: number): number | undefined =>
      sorted[Math.max(1, Math.ceil(share * entries.length)) - 1];
    return { to50Ms: to(0.5), to90Ms: to(0.9), to100Ms: to(1) };
  };
  const said = (entry: RollEntry, words: string | undefined) =>
    words === undefined ? [] : [{ seat: entry.seat, words }];
  return {
    notice,
    seats: entries.length,
    reached: milestones(({ reachedAt }) => reachedAt),
    answered: milestones(({ acknowledgedAt, provenAt }) => earliest(acknowledgedAt, provenAt)),
    proven: milestones(({ provenAt }) => provenAt),
    endedAs: partsOf(entries),
    reachedOn: counted(entries, (entry) => [entry.reachedOn ?? NO_REGION]),
    answeredOn: counted(entries, (entry) => [entry.acknowledgedOn ?? NO_REGION]),
    contradictions: entries.flatMap((entry) => said(entry, entry.contradiction)),
    reasons: entries.flatMap((entry) => (entry.answer === 'cannot' ? said(entry, entry.reason) : [])),
    silent: entries.filter(isMissing).map(({ seat }) => seat),
    escalated: counted(entries, ({ escalations }) => [...new Set(escalations.map(({ to }) => to))]),
  };
}

const earliest = (...times: readonly (string | undefined)[]): string | undefined =>
  times.filter((time) => time !== undefined).toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];

function counted(
  entries: readonly RollEntry[],
  names: (entry: RollEntry) => readonly string[],
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of entries.flatMap(names)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([, a], [, b]) => b - a));
}
