import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from 'pino';

import { OutsideError, UserError, wordsOf } from '#src/domain/errors.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import { type Message, text } from '#src/domain/message.ts';
import type { NoticeIntake } from '#src/domain/notice.ts';
import type { Publications } from '#src/domain/publication.ts';
import { type Source, sourceName } from '#src/domain/source.ts';

import { sites } from '#src/statistics/sites/index.ts';

import { lookAtReleases } from './github.ts';
import type { GithubApi } from './github-api.ts';
import { announcementOf, type Change, lookAtManifest } from './manifest.ts';
import type { Records, SourceRecord } from './record.ts';

interface PollerNeeds {
  readonly fleets: Fleets;
  readonly records: Records;
  readonly github: GithubApi;
  readonly publications: Publications;
  readonly notices: NoticeIntake;
  /** Says it in room ops, once per key. */
  readonly tell: (key: readonly string[], message: Message) => Promise<void>;
  readonly logger: Logger;
  readonly now: () => Date;
  /** From 0 to 1. */
  readonly random?: () => number;
}

export interface Poller {
  /** Looks at every source whose time has come, one after the other. */
  look(signal?: AbortSignal): Promise<void>;
  /** Goes on looking until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const ROUND_MS = 5_000;
/** So much later or earlier than its interval says, so that many do not ask at once. */
const JITTER = 0.1;
/** After failures the interval doubles, so many times at most. */
const MOST_DOUBLINGS = 3;
/** Failures that pass by themselves are told when they do not. */
const PATIENCE = 6;

/** Looks at the sources of the fleet file. What is new is drafted first and then counts as seen: nothing is skipped. */
export function createPoller(needs: PollerNeeds): Poller {
  const { fleets, records, github, publications, notices, tell, logger, now, random = Math.random } = needs;

  const intervalOf = ({ everyMs }: Source): number => everyMs * (1 + JITTER * (2 * random() - 1));

  /** Drafts what is new; resolves with what is to be remembered. */
  const examine = async (
    source: Source,
    record: SourceRecord | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Pick<SourceRecord, 'github' | 'manifest' | 'statistics'>> => {
    if (source.kind === 'github') {
      const { memory, news } = await lookAtReleases(github, source, record?.github, signal);
      for (const one of news) {
        await drafted(source, `${one.repository.fullName} ${one.tag}`, () => publications.take(one));
      }
      return { github: memory };
    }
    if (source.kind === 'statistics') {
      const site = sites.find(({ id }) => id === source.site);
      if (!site) throw new UserError(`This version knows no statistics site ${source.site}.`);
      return { statistics: await site.read(source, record?.statistics, now(), signal) };
    }
    const { memory, news } = await lookAtManifest(source, record?.manifest, signal);
    for (const change of news.flatMap(inFleet)) {
      const announcement = announcementOf(change, source);
      await drafted(source, announcement.subject, () => notices.draft(announcement, 'manifest', change.key));
    }
    return { manifest: memory };
  };

  /** What cannot be a notice here is told, and not tried again. */
  const drafted = async (source: Source, subject: string, draft: () => Promise<unknown>): Promise<void> => {
    try {
      await draft();
      logger.info({ source: sourceName(source), subject }, 'notice drafted from a source');
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      await tell(
        ['source', sourceName(source), subject],
        trouble(`${subject} could not be drafted`, error.message),
      );
    }
  };

  /** A change without the coins that nobody here runs. */
  const inFleet = (change: Change): readonly Change[] => {
    const run = new Set(
      fleets
        .current()
        .targets()
        .map(({ service }) => service.coin),
    );
    const coins = change.coins.filter(({ coin }) => run.has(coin));
    return coins.length > 0 ? [{ ...change, coins }] : [];
  };

  const lookAt = async (
    source: Source,
    record: SourceRecord | undefined,
    signal?: AbortSignal,
  ): Promise<void> => {
    const name = sourceName(source);
    try {
      const memory = await examine(source, record, signal);
      const dueAtMs = now().getTime() + intervalOf(source);
      await records.update(name, () => ({ source: name, dueAtMs, ...memory }));
      if (record?.trouble) logger.info({ source: name }, 'source can be read again');
    } catch (error) {
      if (signal?.aborted) return;
      await failed(source, error);
    }
  };

  const failed = async (source: Source, error: unknown): Promise<void> => {
    const name = sourceName(source);
    const isOutside = error instanceof OutsideError;
    const retryAfterMs = isOutside ? (error.retryAfterMs ?? 0) : 0;
    const record = await records.update(name, (current) => {
      const { looks = 0, sinceMs = now().getTime() } = current?.trouble ?? {};
      const waitMs = intervalOf(source) * 2 ** Math.min(looks, MOST_DOUBLINGS);
      return {
        ...current,
        source: name,
        dueAtMs: now().getTime() + Math.max(waitMs, retryAfterMs),
        trouble: { looks: looks + 1, sinceMs },
      };
    });
    const { looks = 1, sinceMs = 0 } = record?.trouble ?? {};
    const facts = { source: name, looks, why: wordsOf(error), ...(!isOutside && { err: error }) };
    if (isOutside) logger.warn(facts, 'source cannot be read; will try again');
    else logger.error(facts, 'looking at a source failed');
    if (isOutside && (!error.retryable || looks >= PATIENCE)) {
      const words = `${error.message} It is tried again; until then, what is new there is not seen.`;
      await tell(
        ['source', name, String(sinceMs), error.reason],
        trouble(`Source ${name} cannot be read`, words),
      );
    }
  };

  let before: readonly string[] = [];
  const look = async (signal?: AbortSignal): Promise<void> => {
    const { sources } = fleets.current();
    const names = sources.map(sourceName);
    // What is taken out of the fleet file and put back begins anew.
    for (const gone of before.filter((name) => !names.includes(name)))
      await records.update(gone, () => ({ source: gone, dueAtMs: 0 }));
    before = names;
    const found = await records.getMany(names);
    for (const [at, source] of sources.entries()) {
      if (signal?.aborted) return;
      const record = found[at];
      if ((record?.dueAtMs ?? 0) <= now().getTime()) await lookAt(source, record, signal);
    }
  };

  return {
    look,
    async run(signal) {
      while (!signal.aborted) {
        await look(signal).catch((error: unknown) => {
          logger.warn({ why: wordsOf(error) }, 'sources could not be looked at; will try again');
        });
        await pause(ROUND_MS, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

const trouble = (title: string, words: string): Message => ({
  tone: 'warning',
  title,
  blocks: [text(words)],
});
