import { type FSWatcher, watch } from 'node:fs';
import { lstat, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { Logger } from 'pino';

import { wordsOf } from '#src/domain/errors.ts';
import type { Fleet, Fleets } from '#src/domain/fleet.ts';

import type { Lookup } from './document.ts';
import { FleetError } from './fault.ts';
import { type Parsed, parseFleet } from './parse.ts';
import type { Known } from './references.ts';

/** The running fleet, kept in step with its file. */
export interface WatchedFleets extends Fleets, AsyncDisposable {
  /** Called once for each new content of the file that cannot be taken in; the running fleet stays. */
  onFaults(follow: (error: FleetError) => void): void;
  /** Looks at the file now, after a command has changed it. */
  reread(): Promise<void>;
}

export interface FleetSource {
  /** Whole path. */
  readonly file: string;
  readonly lookup: Lookup;
  readonly known?: Known | undefined;
}

interface Options extends FleetSource {
  readonly logger: Logger;
  /** How often the file is looked at in any case; the folder is watched besides. */
  readonly everyMs?: number;
}

/** A file that changes between two looks this far apart is still being written. */
const SETTLE_MS = 100;

/** Takes the fleet in and follows the file. Throws FleetError when the first fleet cannot be had. */
export async function createFleets({ logger, everyMs = 1_000, ...source }: Options): Promise<WatchedFleets> {
  const { file } = source;
  const followers: ((fleet: Fleet) => void)[] = [];
  const faultFollowers: ((error: FleetError) => void)[] = [];
  let mark = await markOf(file);
  const first = await contentOf(file);
  const parsed = parse(source, first);
  if (parsed.faults) throw new FleetError(file, parsed.faults);
  let current = parsed.fleet;
  let taken = keyOf(first);
  let looking: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let ended = false;

  async function look(): Promise<void> {
    const content = await settled(file);
    if (keyOf(content) === taken) return;
    taken = keyOf(content);
    const parsed = parse(source, content);
    if (parsed.faults) {
      logger.warn({ file, faults: parsed.faults }, 'the fleet file has faults; the running fleet stays');
      notify(faultFollowers, new FleetError(file, parsed.faults));
      return;
    }
    current = parsed.fleet;
    logger.info({ file, nodes: current.nodes.length, seats: current.seats.length }, 'fleet taken in');
    notify(followers, current);
  }

  function notify<Value>(follows: readonly ((value: Value) => void)[], value: Value): void {
    for (const follow of follows) {
      try {
        follow(value);
      } catch (error) {
        logger.error({ err: error }, 'a follower of the fleet failed');
      }
    }
  }

  /** One look after the other; whoever asks during a look gets one that begins after it. */
  function reread(): Promise<void> {
    if (!looking) {
      looking = look().finally(() => (looking = undefined));
      return looking;
    }
    next ??= looking
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return ended ? undefined : reread();
      });
    return next;
  }

  async function check(): Promise<void> {
    const now = await markOf(file);
    if (now === mark || ended) return;
    mark = now;
    await reread();
  }

  const inBackground = (): void =>
    void check().catch((error: unknown) =>
      logger.error({ err: error, file }, 'cannot look at the fleet file'),
    );
  const timer = setInterval(inBackground, everyMs);
  timer.unref();
  const watcher = watched(dirname(file), inBackground);

  return {
    current: () => current,
    onChange: (follow) => void followers.push(follow),
    onFaults: (follow) => void faultFollowers.push(follow),
    reread,
    async [Symbol.asyncDispose]() {
      ended = true;
      clearInterval(timer);
      watcher?.close();
      await looking?.catch(() => undefined);
    },
  };
}

/** The text of the file, or why there is none. */
type Content = { readonly text: string } | { readonly why: string };

const keyOf = (content: Content): string => JSON.stringify(content);

function parse({ file, lookup, known }: FleetSource, content: Content): Parsed {
  if ('why' in content) return { faults: [{ path: '', words: content.why }] };
  return parseFleet(content.text, { lookup, known, folder: dirname(file) });
}

async function contentOf(file: string): Promise<Content> {
  try {
    return { text: await readFile(file, 'utf8') };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { why: isMissing ? 'is not there: copy fleet.example.yaml, or set FLEET_FILE' : wordsOf(error) };
  }
}

/** Waits while somebody still writes, at most 2 s. */
async function settled(file: string): Promise<Content> {
  let content = await contentOf(file);
  for (let looks = 0; looks < 20; looks++) {
    await pause(SETTLE_MS);
    const now = await contentOf(file);
    if (keyOf(now) === keyOf(content)) break;
    content = now;
  }
  return content;
}

/** Changes whenever the file behind the name does, also behind symbolic links. */
async function markOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${dev} ${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

/** When the file was last written, or a file or a symbolic link put in its place; undefined where there is none. */
export async function writtenAt(file: string): Promise<Date | undefined> {
  const found = await Promise.all([lstat(file), stat(file)]).catch(() => undefined);
  return found && new Date(Math.max(...found.map(({ ctimeMs }) => ctimeMs)));
}

/** Only makes it quicker: where the folder cannot be watched, the regular look finds the change. */
function watched(folder: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
