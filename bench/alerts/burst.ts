import { setTimeout as wait } from 'node:timers/promises';

import type { Load, StartPeer } from './peers.ts';
import { openSink } from './sink.ts';

export interface BurstOptions {
  readonly count: number;
  readonly limits: Parameters<typeof openSink>[0];
  /** SIGKILL once half of them are accepted. */
  readonly kill?: boolean;
}

export interface BurstFigures {
  readonly accepted: number;
  readonly acceptedS: number;
  /** From the first request until all that were accepted could be read; Infinity when some never could. */
  readonly visibleS: number;
  /** When half of them could be read. */
  readonly halfVisibleS: number;
  /** Accepted and not to be read once nothing more came. */
  readonly lost: number;
  /** Names that stand in more than one message. */
  readonly repeated: number;
  readonly messages: number;
  readonly refused: number;
  readonly peakMiB: number;
  readonly cpuS: number;
}

const GROUPS = 64;
const PER_REQUEST = 100;
const REQUESTS_AT_ONCE = 4;
/** Nothing new for this long, and nothing more is expected. */
const QUIET_MS = 15_000;
const MOST_MS = 300_000;
const LOOK_MS = 50;

const loadOf = (count: number): Load[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `b${String(index).padStart(5, '0')}`,
    group: `Group${index % GROUPS}`,
    severity: 'warning',
  }));

/** All alerts as fast as they are accepted, to a fresh process and a fresh sink. */
export async function burst(start: StartPeer, options: BurstOptions): Promise<BurstFigures> {
  await using sink = await openSink(options.limits);
  await using peer = await start(sink);
  const requests: Load[][] = [];
  const load = loadOf(options.count);
  for (let at = 0; at < load.length; at += PER_REQUEST) requests.push(load.slice(at, at + PER_REQUEST));

  const before = peer.usage();
  const accepted = new Set<string>();
  const began = Date.now();
  let left = requests;
  let restarting: Promise<void> | undefined;
  const give = async (until: number): Promise<void> => {
    for (let request = left.shift(); request; request = left.shift()) {
      if (await peer.give(request)) for (const { name } of request) accepted.add(name);
      if (accepted.size >= until && !restarting) {
        left = [];
        restarting = peer.killAndRestart();
      }
    }
  };
  const until = options.kill ? options.count / 2 : Number.POSITIVE_INFINITY;
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, () => give(until)));
  const acceptedS = (Date.now() - began) / 1000;
  await restarting;

  let [seen, newestAt] = [sink.seen(), Date.now()];
  const missing = (): number => [...accepted].filter((name) => !seen.has(name)).length;
  while (missing() > 0 && Date.now() - newestAt < QUIET_MS && Date.now() - began < MOST_MS) {
    await wait(LOOK_MS);
    const now = sink.seen();
    if (now.size > seen.size) newestAt = Date.now();
    seen = now;
  }
  // What is doubled may come after all that was due.
  await wait(3_000);
  seen = sink.seen();
  const after = peer.usage();
  const times = [...accepted].flatMap((name) => seen.get(name)?.at ?? []).toSorted((a, b) => a - b);
  const lost = missing();
  const at = (index: number): number => ((times[index] ?? Number.POSITIVE_INFINITY) - began) / 1000;
  return {
    accepted: accepted.size,
    acceptedS,
    visibleS: lost === 0 ? at(times.length - 1) : Number.POSITIVE_INFINITY,
    halfVisibleS: at(Math.floor(accepted.size / 2)),
    lost,
    repeated: [...seen].filter(([name, { messages }]) => accepted.has(name) && messages > 1).length,
    messages: sink.messages(),
    refused: sink.refused(),
    peakMiB: after.peakMiB,
    cpuS: after.cpuS - before.cpuS,
  };
}
