import { type Block, text } from '#src/domain/message.ts';
import { NO_REGION, type RollSummary, type Totals } from '#src/domain/roll.ts';

const BAR_CELLS = 20;

/** Numbers with a bar: proven, answered, and who is missing. */
export function progressBlock({
  seats,
  reached,
  acknowledged,
  proven,
  contradicted,
  missing,
  promisesBroken,
}: Totals): Block {
  const cellsOf = (count: number): number => (seats === 0 ? 0 : Math.round((count / seats) * BAR_CELLS));
  const answered = seats - missing;
  const [solid, full] = [cellsOf(Math.min(proven, answered)), cellsOf(answered)];
  const bar = '█'.repeat(solid) + '▓'.repeat(full - solid) + '░'.repeat(BAR_CELLS - full);
  const counts = [
    `reached ${reached}`,
    `acknowledged ${acknowledged}`,
    `proven ${proven}`,
    `missing ${missing}`,
    ...(contradicted > 0 ? [`contradicted ${contradicted}`] : []),
    ...(promisesBroken > 0 ? [`promises broken ${promisesBroken}`] : []),
  ];
  return text(`${bar} ${answered}/${seats}\n${counts.join(' · ')}`);
}

const regionWords = (region: string): string => (region === NO_REGION ? 'no region' : region);

/** Who is missing by region: counted always, named while they are few enough for a message that is read on a phone. */
export function missingBlocks({ totals, missing }: RollSummary, mostNamed: number): readonly Block[] {
  if (totals.missing === 0) return [];
  const regions = Object.entries(totals.missingIn);
  if (totals.missing > mostNamed) {
    return [
      text(`Missing: ${regions.map(([region, count]) => `${regionWords(region)} ${count}`).join(' · ')}`),
    ];
  }
  const named = Map.groupBy(missing, ({ region = NO_REGION }) => region);
  const lines = regions.map(([region, count]) => {
    const names = (named.get(region) ?? []).map(({ id }) => id);
    // The names are read after the numbers, and may be newer.
    const more = count > names.length ? [`and ${count - names.length} more`] : [];
    return `Missing in ${regionWords(region)}: ${count} – ${[...names, ...more].join(', ')}`;
  });
  return [text(lines.join('\n'))];
}
