import { afterEach, beforeEach } from 'vitest';

import type { Audit, AuditEntry } from '#src/domain/audit.ts';
import { type Fleet, fleetOf } from '#src/domain/fleet.ts';
import type { AccountLinks } from '#src/domain/linking.ts';
import type { Message } from '#src/domain/message.ts';
import type { Actor } from '#src/domain/operator.ts';
import { createLinkedFleets, type LinkedFleets } from '#src/linking/fleets.ts';
import { createLinking, type RunningLinking } from '#src/linking/linking.ts';
import { createTelling, type Telling } from '#src/linking/tell.ts';
import { createAudit } from '#src/store/audit.ts';
import { createLinks } from '#src/store/links.ts';
import { type TestRedis, testRedis } from '#test/real/keyspace.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';
import { type RecordedPost, recordedPost } from '#test/stand-ins/post.ts';

/** `erin` is only on Discord, as are the coordinators `carol` and `dave`. */
export const ERIN = { platform: 'discord', handle: 'd-erin' };
export const ERINS_OTHER = { platform: 'matrix', handle: '@erin:x' };
export const MALLORY = { platform: 'matrix', handle: '@mallory:x' };

export interface Stage {
  readonly redis: TestRedis;
  readonly links: AccountLinks;
  readonly audit: Audit;
  readonly fleets: LinkedFleets;
  readonly linking: RunningLinking;
  readonly telling: Telling;
  readonly post: RecordedPost;
  readonly noted: Message[];
  /** The file is another from now on. */
  write(file: Fleet): void;
  /** Time passes. */
  pass(ms: number): void;
  actor(id: string): Actor;
  /** A process of its own over the same Redis. */
  desk(over?: Partial<Parts>): RunningLinking;
  entries(): Promise<readonly AuditEntry[]>;
}

interface Parts {
  readonly links: AccountLinks;
  readonly audit: Pick<Audit, 'write'>;
  readonly post: RecordedPost;
}

const PLATFORMS = ['discord', 'matrix', 'email'];

/** A fleet without some of its people, or with other accounts. */
export const fleetWith = (change: Readonly<Record<string, object | undefined>>): Fleet =>
  fleetOf({
    ...smallFleet,
    operators: smallFleet.operators.flatMap((operator) => {
      if (!(operator.id in change)) return [operator];
      const over = change[operator.id];
      return over ? [{ ...operator, ...over }] : [];
    }),
  });

/** Opens a stage before each test of a file. */
export function staged(): () => Stage {
  let stage: Stage;
  let ended: AsyncDisposableStack;
  beforeEach(async () => {
    ended = new AsyncDisposableStack();
    stage = await open(ended);
  });
  afterEach(() => ended.disposeAsync());
  return () => stage;
}

async function open(ended: AsyncDisposableStack): Promise<Stage> {
  const redis = ended.use(await testRedis());
  let clockMs = Date.parse('2026-05-01T12:00:00Z');
  const now = (): Date => new Date(clockMs);
  let file = smallFleet;
  const follows: ((fleet: Fleet) => void)[] = [];
  const source = {
    current: () => file,
    onChange: (follow: (fleet: Fleet) => void) => void follows.push(follow),
  };
  const links = createLinks(redis.connection);
  const audit = createAudit(redis.connection, now);
  const post = recordedPost();
  const noted: Message[] = [];
  const warn = (): void => undefined;
  const fleets = ended.use(
    await createLinkedFleets({ fleets: source, links, now, warn, everyMs: 1_000_000 }),
  );
  const note = async (_: readonly string[], message: Message): Promise<void> => void noted.push(message);
  const made = (parts: Parts) => {
    const telling = createTelling({ ...parts, fleets, platforms: PLATFORMS, note, now, readMs: 0 });
    const linking = createLinking({
      ...parts,
      fleets,
      platforms: ['discord', 'matrix'],
      telling,
      now,
      warn,
    });
    return { telling, linking };
  };
  return {
    redis,
    links,
    audit,
    fleets,
    post,
    noted,
    ...made({ links, audit, post }),
    write(next) {
      file = next;
      for (const follow of follows) follow(next);
    },
    pass: (ms) => void (clockMs += ms),
    actor(id) {
      const operator = fleets.current().operator(id)!;
      return { ...operator, account: `discord:d-${id}` };
    },
    desk: (over = {}) => made({ links, audit, post, ...over }).linking,
    entries: async () => (await audit.list(1_000)).toReversed(),
  };
}

/** What somebody is refused with. */
export const refusalOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'done',
    (error: unknown) => (error as Error).message,
  );
