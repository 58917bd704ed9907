import { readFile, stat } from 'node:fs/promises';

import { z } from 'zod';

import { OutsideError, wordsOf } from '#src/domain/errors.ts';
import { Announcement } from '#src/domain/notice.ts';
import { isCommit } from '#src/domain/release.ts';
import type { ManifestSource } from '#src/domain/source.ts';
import { sameCommit } from '#src/domain/version.ts';

import { ask, statusError } from './http.ts';
import type { Look } from './look.ts';

/** Coin → commit or tag. */
export type Versions = Readonly<Record<string, string>>;

/** What a manifest said when it was last looked at. */
export interface ManifestMemory {
  readonly versions: Versions;
  readonly etag?: string | undefined;
  /** Counts the contents that were taken in: the same change after a way back is a change of its own. */
  readonly content: number;
}

/** One version that is new, for all the coins that it is new for. */
export interface Change {
  readonly version: string;
  /** With what it was before. */
  readonly coins: readonly { readonly coin: string; readonly before?: string | undefined }[];
  /** The same for the same change of the same content. */
  readonly key: string;
}

const SYSTEM = 'The version manifest';
const MOST_BYTES = 1024 * 1024;
const MOST_COINS = 1_000;
const Manifest = z
  .record(z.string().trim().min(1).max(40), z.string().trim().min(1).max(100))
  .refine((versions) => Object.keys(versions).length <= MOST_COINS, `names more than ${MOST_COINS} coins`);

/** Looks for coins that have another version than at the last look; on the first one none has. */
export async function lookAtManifest(
  source: ManifestSource,
  before: ManifestMemory | undefined,
  signal?: AbortSignal,
): Promise<Look<ManifestMemory, Change>> {
  const { text, etag } = await textOf(source.from, before?.etag, signal);
  if (text === undefined) return { memory: before ?? { versions: {}, content: 0 }, news: [] };
  const versions = versionsIn(source.from, text);
  const news = before ? changesOf(source.from, before, versions) : [];
  const isNew = before === undefined || JSON.stringify(before.versions) !== JSON.stringify(versions);
  const content = (before?.content ?? 0) + (isNew ? 1 : 0);
  return { memory: { versions, content, ...(etag !== undefined && { etag }) }, news };
}

/** `text` undefined: not modified. */
async function textOf(
  from: string,
  etag: string | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly text?: string; readonly etag?: string | undefined }> {
  if (!/^https?:/.test(from)) return { text: await contentOf(from) };
  const headers = { accept: 'application/json', ...(etag !== undefined && { 'if-none-match': etag }) };
  const answer = await ask(SYSTEM, from, { headers, maxRedirects: 3, signal });
  if (answer.status === 304) return {};
  if (answer.status !== 200) throw statusError(SYSTEM, from, answer.status);
  return { text: answer.text, etag: answer.header('etag') };
}

async function contentOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw new Error('it is larger than 1 MiB');
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new OutsideError(SYSTEM, 'not-found', `${SYSTEM} ${path} cannot be read: ${wordsOf(cause)}.`, {
      cause,
    });
  }
}

/** Throws OutsideError: a list of which a part cannot be read is not taken at all. */
function versionsIn(from: string, text: string): Versions {
  const found = Manifest.safeParse(jsonOf(text));
  if (found.success) return found.data;
  const faults = found.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new OutsideError(
    SYSTEM,
    'unreadable',
    `${SYSTEM} ${from} is not a JSON object of coins and versions: ${faults.slice(0, 5).join('; ')}.`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function changesOf(from: string, before: ManifestMemory, now: Versions): readonly Change[] {
  const changed = Object.entries(now).filter(([coin, version]) => !isSame(before.versions[coin], version));
  return [...Map.groupBy(changed, ([, version]) => version)].map(([version, group]) => ({
    version,
    coins: group.map(([coin]) => ({ coin, before: before.versions[coin] })),
    key: `manifest:${from}:${before.content}:${version}`,
  }));
}

/** A commit written longer or shorter is the same commit. */
const isSame = (before: string | undefined, now: string): boolean =>
  before === now || (before !== undefined && isCommit(before) && isCommit(now) && sameCommit(before, now));

const MOST_NAMED = 6;

/** Whether it is mandatory, and until when, a coordinator says. */
export function announcementOf(change: Change, { from }: ManifestSource): Announcement {
  const names = change.coins.map(({ coin }) => coin);
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  const lines = change.coins.map(
    ({ coin, before = 'not named' }) => `${coin}: ${before} → ${change.version}`,
  );
  const isWeb = from.startsWith('http');
  return Announcement.parse({
    subject: `${names.slice(0, MOST_NAMED).join(', ')}${more}: ${change.version}`.slice(0, 200),
    ...(isCommit(change.version) ? { commit: change.version } : { version: change.version }),
    severity: 'recommended',
    ...(isWeb && { url: from }),
    text: `The version manifest says:\n${lines.join('\n')}`,
    audience: { coins: names },
  });
}
