import { setTimeout as wait } from 'node:timers/promises';

import { fleetFile, openDiscordStage, PEOPLE } from '#test/e2e/fleet.ts';

import { asked, whole } from './asked.ts';
import { percentile, print, progress, ratio, shown, table } from './figures.ts';
import { figuresOf, lagMs, startProgram } from './program.ts';

/** How soon a person is answered while alerts pour in. Discord shows "did not respond" after 3 s. */
const { seconds: SECONDS, rate: PER_SECOND } = asked('bench:commands', {
  seconds: whole(20, 'how long alerts come'),
  rate: whole(1_000, 'alerts a second'),
});
const PER_REQUEST = 20;
const COMMAND_EVERY_MS = 100;
const LIMIT_MS = 500;
const LINES = ['/alerts', '/health', '/help', '/fleet'];

await using stage = await openDiscordStage();
const { discord } = stage;
await using tocsin = await startProgram(stage.env, fleetFile({ discord: stage }));
await stage.ready();
const people = PEOPLE.map((name) => discord.as(stage.handles[name]));

interface Asked {
  readonly taken: number[];
  failed: number;
}

async function ask(seconds: number): Promise<Asked> {
  const asked: Asked = { taken: [], failed: 0 };
  const pending: Promise<void>[] = [];
  const until = Date.now() + seconds * 1_000;
  for (let count = 0; Date.now() < until; count++) {
    const line = LINES[count % LINES.length] ?? '';
    const began = performance.now();
    pending.push(
      (async () => {
        const interaction = await people[count % people.length]?.slash(line);
        await interaction?.answered();
        asked.taken.push(performance.now() - began);
      })().catch(() => void asked.failed++),
    );
    await wait(COMMAND_EVERY_MS);
  }
  await Promise.all(pending);
  return asked;
}

/** At a steady pace, however long an answer takes. */
async function pour(seconds: number): Promise<{ readonly accepted: number; readonly refused: number }> {
  const [began, total] = [Date.now(), seconds * PER_SECOND];
  const pending = new Set<Promise<void>>();
  let [given, accepted, refused] = [0, 0, 0];
  while (given + PER_REQUEST <= total) {
    const due = Math.min(total, ((Date.now() - began) / 1_000) * PER_SECOND);
    for (; given + PER_REQUEST <= due; given += PER_REQUEST) {
      const first = given;
      const body = Array.from({ length: PER_REQUEST }, (_, at) => ({
        labels: { alertname: `Load${(first + at) % 20}`, severity: 'warning', instance: `i${first + at}` },
        status: 'firing',
      }));
      const done = tocsin
        .ingress('alerts', body)
        .then(({ status }) => void (status === 202 ? (accepted += PER_REQUEST) : (refused += PER_REQUEST)))
        .catch(() => void (refused += PER_REQUEST))
        .finally(() => pending.delete(done));
      pending.add(done);
    }
    await wait(5);
  }
  await Promise.all(pending);
  return { accepted, refused };
}

progress('warming up');
await ask(2);
await figuresOf(tocsin);
progress('calm');
const calm = await ask(5);
const calmLag = lagMs(await figuresOf(tocsin));
progress(`${PER_SECOND} alerts a second for ${SECONDS} s`);
const [busy, poured] = await Promise.all([ask(SECONDS), pour(SECONDS)]);
const busyLag = lagMs(await figuresOf(tocsin));

const row = (what: string, a: number, b: number): string[] => [what, shown(a), shown(b), ratio(b, a)];
print(
  table(
    ['first response to a command', 'calm', `${PER_SECOND} alerts/s`, 'busy ÷ calm'],
    [
      row('commands', calm.taken.length, busy.taken.length),
      row('without an answer', calm.failed, busy.failed),
      row('p50, ms', percentile(calm.taken, 0.5), percentile(busy.taken, 0.5)),
      row('p99, ms', percentile(calm.taken, 0.99), percentile(busy.taken, 0.99)),
      row('event loop delay p99, ms', calmLag, busyLag),
    ],
  ),
);
const p99 = percentile(busy.taken, 0.99);
print(`\nalerts accepted ${poured.accepted}, told to come later ${poured.refused}`);
print(`p99 is ${(p99 / LIMIT_MS).toFixed(2)} of the ${LIMIT_MS} ms wanted`);
if (!(p99 <= LIMIT_MS) || busy.failed > 0) process.exitCode = 1;
