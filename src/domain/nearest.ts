/** The known name that somebody probably meant; undefined when none is near. */
export function nearest(typed: string, known: Iterable<string>): string | undefined {
  const word = typed.toLowerCase();
  let best: { readonly name: string; readonly away: number } | undefined;
  for (const name of known) {
    const isStart = word.length >= 3 && name.toLowerCase().startsWith(word);
    const away = isStart ? 1 : distance(word, name.toLowerCase());
    if (away <= Math.max(1, Math.floor(name.length / 3)) && away < (best?.away ?? Infinity))
      best = { name, away };
  }
  return best?.name;
}

/** ` (did you mean "x"?)`, or nothing. */
export function didYouMean(typed: string, known: Iterable<string>): string {
  const name = nearest(typed, known);
  return name === undefined ? '' : ` (did you mean "${name}"?)`;
}

const LONGEST = 100;

/** Letters to insert, remove, replace or swap with their neighbour. */
export function distance(left: string, right: string): number {
  if (left.length > LONGEST || right.length > LONGEST) return left === right ? 0 : Infinity;
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last[right.length] ?? 0;
}
