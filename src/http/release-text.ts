const HEIGHT =
  /\b(?:block|height|blockheight)\s*(?:height|number)?\s*(?:of|is|at|:|#|=)?\s*#?(\d[\d,_]{3,14})\b/gi;
const TIME = /\b20\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?\s*(?:Z|UTC|[+-]\d\d:?\d\d)?)?/g;
const MOST_OF_EACH = 5;

/** What a release says about its urgency, in words: suggestions for a person, never facts. */
export function suggestionsIn(text: string, isPrerelease: boolean): readonly string[] {
  const words = /\b(mandatory|required upgrade|must (?:be )?(?:upgrade|update)d?|hard ?fork)\b/i.exec(
    text,
  )?.[1];
  const heights = unique(
    Array.from(text.matchAll(HEIGHT), ([, digits = '']) => digits.replaceAll(/[,_]/g, '')),
  );
  const times = unique(Array.from(text.matchAll(TIME), ([time]) => time.trim()));
  return [
    ...(words ? [`it says "${words.toLowerCase()}"`] : []),
    ...heights.map((height) => `it names block height ${height}`),
    ...times.map((time) => `it names the time ${time}`),
    ...(isPrerelease ? ['it is marked as a pre-release'] : []),
  ];
}

const unique = (found: readonly string[]): readonly string[] => [...new Set(found)].slice(0, MOST_OF_EACH);
