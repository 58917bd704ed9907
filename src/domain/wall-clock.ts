/** Whether this is the name of a time zone, as in the IANA list: `Europe/Berlin`. */
export function isZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What the clocks of a zone show at an instant: milliseconds, to be read as if they were UTC. */
export function wallOf(atMs: number, zone: string): number {
  const parts = formatOf(zone).formatToParts(atMs);
  const of = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((part) => part.type === type)?.value);
  const seconds = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return seconds + (((atMs % 1_000) + 1_000) % 1_000);
}

/**
 * The instant at which the clocks of a zone show this. What they show twice is the first of the two; what they skip is
 * as much later as they skip.
 */
export function instantOf(wallMs: number, zone: string): number {
  const offsets = [wallMs - DAY_MS, wallMs + DAY_MS].map((near) => wallOf(near, zone) - near);
  const found = offsets.map((offset) => wallMs - offset).filter((at) => wallOf(at, zone) === wallMs);
  return found.length > 0 ? Math.min(...found) : wallMs - (offsets[0] ?? 0);
}

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Throws RangeError for a zone that is none. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const kept = formats.get(zone);
  if (kept) return kept;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, made);
  return made;
}
