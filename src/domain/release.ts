/**
 * The name of a release, read from a tag (`v0.9.2-2`), a `subversion` (`/MagicBean:0.9.2-2(a comment)/`), the output of
 * `git describe`, a commit, or the number that a daemon gives itself (`210300`).
 */
export interface Release {
  readonly numbers?: readonly number[] | undefined;
  /** What follows the numbers; undefined where it has no order that is known. */
  readonly tail?: Tail | undefined;
  /** Two digits each of the numbers; the hotfix is lost. Bitcoin's kin begin with millions or with ten thousands. */
  readonly client?: number | undefined;
  readonly commit?: string | undefined;
}

/** Below 0 for what comes before the release, above for a hotfix after it. */
interface Tail {
  readonly rank: number;
  readonly number: number;
}

const BEFORE: Readonly<Record<string, number>> = { dev: -5, alpha: -4, beta: -3, pre: -2, rc: -1 };
const PLAIN: Tail = { rank: 0, number: 0 };
const HOTFIX = 1;
/** Said in a version and of no meaning for its order. */
const IGNORED = new Set(['release', 'final', 'unk']);

const NUMBERS = /(?:^|[^0-9a-z.])v?(\d{1,9}(?:\.\d{1,9})*)(?!\d)/i;
const LEAST_CLIENT = 10_000;
/** So many numbers has a release; what goes on is a hotfix by another name. */
const RELEASE_NUMBERS = 3;

/** Hex as of a commit, short or long; digits alone may be anything. */
export const isCommit = (word: string): boolean => /^[0-9a-f]{7,40}$/i.test(word) && /[a-f]/i.test(word);

export function readRelease(words: string): Release {
  const plain = words.trim().toLowerCase().slice(0, 200);
  if (isCommit(plain)) return { commit: plain };
  // `/Name:version(comments)/Another:1/`: the first program, without what people add.
  const own = /^\/?[^/:()]*:([^/(]*)/.exec(plain)?.[1] ?? plain;
  const found = NUMBERS.exec(own);
  if (!found?.[1]) return {};
  const numbers = found[1].split('.').map(Number);
  const rest = own.slice(found.index + found[0].length);
  const [first = 0] = numbers;
  if (numbers.length === 1 && first >= LEAST_CLIENT && rest === '') return { client: first };
  return { numbers, ...readTail(rest) };
}

function readTail(rest: string): Pick<Release, 'tail' | 'commit'> {
  let tail: Tail | undefined = PLAIN;
  let commit: string | undefined;
  let counted = false;
  for (const word of rest.split(/[-_~.+\s]+/).filter(Boolean)) {
    const [, described] = /^g([0-9a-f]{7,40})$/.exec(word) ?? [];
    const [, before = '', turn = ''] = /^([a-z]+)(\d{0,6})$/.exec(word) ?? [];
    if (described !== undefined || isCommit(word)) {
      commit = described ?? word;
      // `git describe` counts the commits since a tag where a hotfix would stand.
      if (described !== undefined && counted) tail = undefined;
    } else if (word === 'dirty') {
      return { tail };
    } else if (/^\d{1,6}$/.test(word) && tail === PLAIN) {
      tail = { rank: Number(word) === 0 ? 0 : HOTFIX, number: Number(word) };
      counted = true;
    } else if (/^\d{1,6}$/.test(word) && tail && tail.rank < 0 && tail.number === 0) {
      tail = { ...tail, number: Number(word) };
    } else if (BEFORE[before] !== undefined && tail === PLAIN) {
      tail = { rank: BEFORE[before], number: Number(turn) };
    } else if (!IGNORED.has(word)) {
      tail = undefined;
    }
  }
  return { tail, ...(commit !== undefined && { commit }) };
}

/** Below 0 when `a` is older, above when it is newer; undefined where their names do not decide it. */
export function compareReleases(a: Release, b: Release): number | undefined {
  if (a.client !== undefined && b.client !== undefined) return a.client - b.client;
  if (a.client !== undefined) return b.numbers && compareClient(a.client, b, b.numbers);
  if (b.client !== undefined) {
    const turned = a.numbers && compareClient(b.client, a, a.numbers);
    return turned === undefined ? undefined : 0 - turned;
  }
  if (!a.numbers || !b.numbers) return undefined;
  const { at, difference } = compareNumbers(a.numbers, b.numbers);
  if (difference === 0) return compareTails(a.tail, b.tail);
  const lesser = difference < 0 ? a : b;
  // `0.9.2.1` and `0.9.2-2`: two ways to name a hotfix, whose order nobody knows.
  return at >= RELEASE_NUMBERS && lesser.tail?.rank !== 0 ? undefined : difference;
}

const compareTails = (a: Tail | undefined, b: Tail | undefined): number | undefined =>
  a && b && (a.rank - b.rank || a.number - b.number);

/** The first place in which they differ; numbers that are not there are zeros. */
function compareNumbers(
  a: readonly number[],
  b: readonly number[],
): { readonly at: number; readonly difference: number } {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return { at, difference };
  }
  return { at: 0, difference: 0 };
}

/** A daemon's own number against a version by name: 210300 is 0.21.3, and 280100 is 28.1. */
function compareClient(client: number, { tail }: Release, numbers: readonly number[]): number | undefined {
  const two = (unit: number): number => Math.floor(client / unit) % 100;
  const readings = [
    [Math.floor(client / 1e6), two(1e4), two(100)],
    [Math.floor(client / 1e4), two(100), client % 100],
  ];
  const fitting = readings.filter(([first]) => first === numbers[0]);
  const signs = (fitting.length > 0 ? fitting : readings).map((reading) =>
    Math.sign(compareNumbers(reading, numbers.slice(0, RELEASE_NUMBERS)).difference),
  );
  const [sign] = signs;
  if (sign === undefined || signs.some((other) => other !== sign)) return undefined;
  const isPlain = tail?.rank === 0 && numbers.slice(RELEASE_NUMBERS).every((number) => number === 0);
  return sign === 0 && !isPlain ? undefined : sign;
}
