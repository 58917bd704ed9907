import { createHash } from 'node:crypto';

import { z } from 'zod';

import type { Link, Verdict } from './audit.ts';

/** What chains a line to the one before it. Entries from before there was a chain have neither. */
const Chained = z.looseObject({ number: z.int().positive(), prev: z.string() });

/** Before the first line. */
export const ROOT: Link = { number: 0, hash: '' };

export const hashOf = (line: string): string => createHash('sha256').update(line).digest('hex');

/** The line of an entry after another one, and its own place. */
export function chained(entry: object, { number, hash }: Link): readonly [line: string, link: Link] {
  const line = JSON.stringify({ number: number + 1, prev: hash, ...entry });
  return [line, { number: number + 1, hash: hashOf(line) }];
}

/** More faults are not named. */
const MOST_FAULTS = 20;

interface Expected {
  /** What the record itself says is the last entry. */
  readonly head: Link | undefined;
  /** The first entry may be a later one only when so many are kept: the oldest fall out beyond that. */
  readonly keep: number;
  readonly noted?: Link | undefined;
}

/** Reads lines in their order, and names what was changed, taken out or moved. */
export async function verified(
  lines: AsyncIterable<string>,
  { head, keep, noted }: Expected,
): Promise<Verdict> {
  const faults: string[] = [];
  const say = (words: string): void => void (faults.length < MOST_FAULTS && faults.push(words));
  let last: Link | undefined;
  let first = 1;
  let entries = 0;
  let older = 0;
  let isNoted = false;
  for await (const line of lines) {
    const read = readLine(line);
    if (read === 'unchained' && last === undefined) {
      older++;
      continue;
    }
    entries++;
    if (typeof read === 'string') {
      say(`The entry after ${last?.number ?? 'the beginning'} cannot be read: it was changed.`);
      last = { number: (last?.number ?? 0) + 1, hash: hashOf(line) };
      continue;
    }
    const { number, prev } = read;
    if (last === undefined) first = number;
    else if (number === last.number + 1) {
      if (prev !== last.hash)
        say(`Entry ${last.number} was changed: entry ${number} names another hash of it.`);
    } else if (number > last.number + 1) say(`${missingWords(last.number + 1, number - 1)} taken out.`);
    else say(`Entry ${number} stands after entry ${last.number}: it was moved, or written twice.`);
    last = { number, hash: hashOf(line) };
    isNoted ||= noted !== undefined && number === noted.number && last.hash.startsWith(noted.hash);
  }
  if (first > 1 && (entries + older < keep || older > 0)) say(`${missingWords(1, first - 1)} taken out.`);
  if (head && last === undefined) say(`All entries up to ${head.number} were taken out.`);
  else if (head && last && last.number < head.number)
    say(`${missingWords(last.number + 1, head.number)} taken out: they were the last.`);
  else if (head && last && last.hash !== head.hash)
    say(`Entry ${last.number}, the last, was changed: the record names another hash of it.`);
  if (noted && !isNoted)
    say(
      noted.number < first && entries >= keep
        ? `Entry ${noted.number} is older than what is kept.`
        : `Entry ${noted.number} is not the one that was noted: what stands here was rewritten.`,
    );
  return { entries, head: last, faults };
}

function readLine(line: string): z.infer<typeof Chained> | 'unchained' | 'broken' {
  try {
    const read: unknown = JSON.parse(line);
    return Chained.safeParse(read).data ?? 'unchained';
  } catch {
    return 'broken';
  }
}

const missingWords = (from: number, to: number): string =>
  from === to ? `Entry ${from} was` : `Entries ${from} to ${to} were`;
