import { setTimeout as wait } from 'node:timers/promises';

import { fleetFile, openDiscordStage } from '#test/e2e/fleet.ts';

import { asked, whole } from './asked.ts';
import { percentile, print, progress, table } from './figures.ts';
import { figuresOf, redisOf, startProgram, waitingOf } from './program.ts';
import { usageOf } from './usage.ts';

/** Resident memory before a burst, at its highest, and once it is over. */
const { alerts: COUNT, rest: REST_S } = asked('bench:memory', {
  alerts: whole(10_000, 'alerts of the burst'),
  rest: whole(60, 'seconds of rest before and after it'),
});
const PER_REQUEST = 100;
const WITHIN = 1.2;
const DONE_MS = 300_000;

await using stage = await openDiscordStage();
await using tocsin = await startProgram(stage.env, fleetFile({ discord: stage }));
await stage.ready();

/** The median of some seconds. */
async function resident(): Promise<{ readonly node: number; readonly redis: number; readonly heap: number }> {
  const samples: { node: number; redis: number; heap: number }[] = [];
  for (let count = 0; count < 5; count++) {
    const heap = (await figuresOf(tocsin)).get('tocsin_nodejs_heap_size_used_bytes') ?? Number.NaN;
    samples.push({
      node: usageOf(tocsin.pid).residentMiB,
      redis: redisOf(tocsin).residentMiB,
      heap: heap / 2 ** 20,
    });
    await wait(1_000);
  }
  const median = (of: 'node' | 'redis' | 'heap'): number =>
    percentile(
      samples.map((one) => one[of]),
      0.5,
    );
  return { node: median('node'), redis: median('redis'), heap: median('heap') };
}

async function burst(first: number, count: number): Promise<void> {
  for (let at = first; at < first + count; at += PER_REQUEST) {
    const body = Array.from({ length: PER_REQUEST }, (_, index) => ({
      labels: { alertname: 'Burst', severity: 'warning', instance: `i${at + index}` },
      status: 'firing',
    }));
    const { status } = await tocsin.ingress('alerts', body);
    if (status !== 202) throw new Error(`a request of the burst was answered ${status}`);
  }
  const until = Date.now() + DONE_MS;
  for (let quiet = 0; quiet < 3 && Date.now() < until; await wait(1_000)) {
    quiet = waitingOf(await figuresOf(tocsin)) <= 1 ? quiet + 1 : 0;
  }
}

progress('a first small burst, so that all code is loaded and compiled; then rest');
await burst(1_000_000, 500);
await wait(REST_S * 1_000);
const before = await resident();
progress(`burst of ${COUNT}`);
await burst(0, COUNT);
const right = await resident();
const peak = usageOf(tocsin.pid).peakMiB;
progress(`over; rest of ${REST_S} s`);
await wait(REST_S * 1_000);
const after = await resident();

const mebibytes = (value: number): string => value.toFixed(0);
const over = (a: number, b: number): string => (a / b).toFixed(2);
const row = (what: string, of: 'node' | 'redis' | 'heap'): string[] => [
  what,
  mebibytes(before[of]),
  of === 'node' ? mebibytes(peak) : '–',
  mebibytes(right[of]),
  mebibytes(after[of]),
  over(after[of], before[of]),
];
print(
  table(
    [`burst of ${COUNT}, MiB`, 'before', 'highest', 'at its end', `${REST_S} s later`, 'later ÷ before'],
    [
      row('Tocsin, resident', 'node'),
      row('of it live on the heap', 'heap'),
      row('its Redis, resident', 'redis'),
    ],
  ),
);
const grown = after.node / before.node;
print(`\nresident memory of Tocsin is at ${grown.toFixed(2)} of before; wanted: at most ${WITHIN}`);
if (grown > WITHIN) process.exitCode = 1;
