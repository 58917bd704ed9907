import { PLACEHOLDER_HEIGHT } from './deadline.ts';
import { readRelease } from './release.ts';

const URGENT =
  /\b(mandatory|required upgrade|must (?:be )?(?:upgrade|update)d?|should (?:be )?(?:upgrade|update)d|hard ?fork)\b/gi;
/** `height 2963330 for KMD`, `blockheight (KMD): 1670000`, `block #4,771,595 (KMD)`. */
const HEIGHT =
  /\b(?:[Bb]lock ?[Hh]eight|[Bb]lock|[Hh]eight)(?: ?number)?(?: ?\(([A-Z][A-Z0-9]{1,9})\))?(?: ?(?:of|is|at|[:#=]))? ?#?(\d[\d,_]{3,14})\b(?: ?\(([A-Z][A-Z0-9]{1,9})\)| for ([A-Z][A-Z0-9]{1,9})\b)?/g;
/** `before 814000 block`. */
const HEIGHT_FIRST = /\b(\d[\d,_]{3,14}) blocks?\b/g;
const TIME = /\b20\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?/g;
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}';
const DATE = new RegExp(`\\b(?:\\d{1,2} ${MONTH} 20\\d\\d|${MONTH} \\d{1,2},? 20\\d\\d)\\b`, 'g');
const TIMESTAMP = /\btimestamp\b(?: ?\([^()]{1,40}\))?(?: ?(?:of|is|at|[:=]))? ?(\d{10})\b/gi;
const MOST_OF_EACH = 5;

/**
 * What a release says about its urgency, in words: suggestions for a person, never facts. The forms are those of real
 * releases of daemons.
 */
export function suggestionsIn(body: string, { tag, prerelease }: Described): readonly string[] {
  const text = body.replaceAll(/\s+/g, ' ');
  const urgent = unique(Array.from(text.matchAll(URGENT), ([words]) => words.toLowerCase()));
  const heights = unique([
    ...Array.from(text.matchAll(HEIGHT), ([, before, digits = '', inside, after]) =>
      heightWords(digits, before ?? inside ?? after),
    ),
    ...Array.from(text.matchAll(HEIGHT_FIRST), ([, digits = '']) => heightWords(digits)),
  ]);
  const times = unique([
    ...Array.from(text.matchAll(TIME), ([time]) => time.trim()),
    ...Array.from(text.matchAll(DATE), ([date]) => date),
    ...Array.from(text.matchAll(TIMESTAMP), ([, at]) => new Date(Number(at) * 1_000).toISOString()),
  ]);
  const { rank = 0 } = readRelease(tag).tail ?? {};
  return [
    ...urgent.map((words) => `it says "${words}"`),
    ...heights,
    ...times.map((time) => `it names the time ${time}`),
    ...(rank > 0 ? [`its tag ${tag.slice(0, 60)} is a hotfix: the version without it is older`] : []),
    ...(prerelease || rank < 0 ? ['it is marked as a pre-release'] : []),
  ];
}

interface Described {
  readonly tag: string;
  readonly prerelease: boolean;
}

function heightWords(written: string, coin?: string): string {
  const digits = written.replaceAll(/[,_]/g, '');
  if (Number(digits) === PLACEHOLDER_HEIGHT)
    return `it names block height ${digits}, a placeholder: not set yet`;
  return `it names block height ${digits}${coin === undefined ? '' : ` (${coin})`}`;
}

const unique = (found: readonly string[]): readonly string[] => [...new Set(found)].slice(0, MOST_OF_EACH);
