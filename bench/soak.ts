import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { fleetFile, openDiscordStage } from '#test/e2e/fleet.ts';
import { root } from '#test/real/root.ts';

import { asked, whole } from './asked.ts';
import { percentile, print, progress, table } from './figures.ts';
import { figuresOf, lagMs, redisOf, startProgram, waitingOf } from './program.ts';
import { type Curve, plot, slopePerMinute } from './soak/plot.ts';
import { usageOf } from './usage.ts';

/** A steady load for a while: alerts that begin and end, and a person who asks. Writes docs/soak.svg. */
const { minutes: MINUTES } = asked('soak', { minutes: whole(30, 'how long') });
const SAMPLE_MS = 5_000;
const ALERT_MS = 500;
const LIVES_MS = 30_000;
const COMMAND_MS = 5_000;
/** Not judged: code is compiled and caches are filled meanwhile. */
const WARM_UP = 1 / 3;
/** Flat: what the fitted line gains over the judged part is at most this share of its mean. */
const MOST_GAIN = 0.05;

await using stage = await openDiscordStage();
const { discord } = stage;
await using tocsin = await startProgram(stage.env, fleetFile({ discord: stage }));
await stage.ready();

const began = Date.now();
const isOver = (): boolean => Date.now() - began >= MINUTES * 60_000;
const count = { alerts: 0, refused: 0, commands: 0, unanswered: 0 };

async function alerts(): Promise<void> {
  const open: { readonly labels: object; readonly at: number }[] = [];
  const give = async (labels: object, status: string): Promise<void> => {
    const answer = await tocsin.ingress('alerts', { labels, status }).catch(() => undefined);
    if (answer?.status === 202) count.alerts++;
    else count.refused++;
  };
  for (let index = 0; !isOver(); index++) {
    const severity = index % 10 === 0 ? 'critical' : 'warning';
    const labels = { alertname: `Soak${index % 7}`, severity, seat: 'alright_DEV', instance: `i${index}` };
    open.push({ labels, at: Date.now() });
    await give(labels, 'firing');
    while (open[0] && Date.now() - open[0].at > LIVES_MS) await give(open.shift()?.labels ?? {}, 'resolved');
    await wait(ALERT_MS);
  }
}

async function commands(): Promise<void> {
  const alice = discord.as(stage.handles.alice);
  while (!isOver()) {
    count.commands++;
    await alice
      .slash('/alerts')
      .then((interaction) => interaction.answered())
      .catch(() => void count.unanswered++);
    await wait(COMMAND_MS);
  }
}

type Points = [minutes: number, value: number][];
const points = {
  resident: [] as Points,
  heap: [] as Points,
  redis: [] as Points,
  waiting: [] as Points,
  lag: [] as Points,
};

async function sample(): Promise<void> {
  while (!isOver()) {
    const at = (Date.now() - began) / 60_000;
    const figures = await figuresOf(tocsin).catch(() => new Map<string, number>());
    points.resident.push([at, usageOf(tocsin.pid).residentMiB]);
    points.redis.push([at, redisOf(tocsin).residentMiB]);
    points.heap.push([at, (figures.get('tocsin_nodejs_heap_size_used_bytes') ?? Number.NaN) / 2 ** 20]);
    points.waiting.push([at, waitingOf(figures)]);
    points.lag.push([at, lagMs(figures)]);
    if (points.resident.length % 12 === 0) {
      progress(`${at.toFixed(0)} min: ${points.resident.at(-1)?.[1].toFixed(0)} MiB`);
    }
    await wait(SAMPLE_MS);
  }
}

await Promise.all([alerts(), commands(), sample()]);

const curves: Curve[] = [
  { name: 'Tocsin, resident memory', unit: 'MiB', points: points.resident },
  { name: 'live on its heap', unit: 'MiB', points: points.heap },
  { name: 'its Redis, resident memory', unit: 'MiB', points: points.redis },
  { name: 'jobs that wait', unit: 'all queues', points: points.waiting },
  { name: 'event loop delay p99', unit: 'ms', points: points.lag },
];
const file = join(root, 'docs', 'soak.svg');
writeFileSync(file, plot(`${MINUTES} minutes, ${count.alerts} signals, ${count.commands} commands`, curves));

const judged = (all: Points): Points => all.filter(([at]) => at >= MINUTES * WARM_UP);
const row = ({ name, unit, points: all }: Curve): string[] => {
  const values = judged([...all] as Points).map(([, value]) => value);
  const slope = slopePerMinute(judged([...all] as Points)) * 60;
  return [
    `${name}, ${unit}`,
    percentile(values, 0.5).toFixed(1),
    Math.max(...values).toFixed(1),
    `${slope >= 0 ? '+' : ''}${slope.toFixed(2)}`,
  ];
};
print(table(['after the first third', 'median', 'highest', 'slope per hour'], curves.map(row)));
print(
  `\nsignals ${count.alerts} (refused ${count.refused}), commands ${count.commands} (unanswered ${count.unanswered})`,
);
const settled = judged(points.resident);
const gain = slopePerMinute(settled) * MINUTES * (1 - WARM_UP);
const mean = percentile(
  settled.map(([, value]) => value),
  0.5,
);
const isFlat = gain / mean <= MOST_GAIN;
print(
  `resident memory: the fitted line gains ${((gain / mean) * 100).toFixed(1)} % over the judged part (at most ${MOST_GAIN * 100} %): ${isFlat ? 'flat' : 'NOT flat'}`,
);
print(`plot: docs/soak.svg`);
if (!isFlat || count.unanswered > 0) process.exitCode = 1;
