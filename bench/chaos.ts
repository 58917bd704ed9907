import { randomInt } from 'node:crypto';
import { appendFileSync } from 'node:fs';

import { asked, file, whole } from './asked.ts';
import { type Outcome, runChaos } from './chaos/run.ts';

/**
 * Kills Tocsin at random moments under load, with chats and Redis that fail as well, and says whether anything was lost or
 * doubled. The seed repeats the plan: what is sent, when what is killed, which calls go wrong. How the processes interleave is
 * the machine's.
 */
const { kills, seed, log } = asked('chaos', {
  kills: whole(1_000, 'SIGKILLs in all, over two processes'),
  seed: {
    ...whole(randomInt(1, 2 ** 31), 'repeats the plan of an earlier run'),
    usual: ' (drawn, and printed)',
  },
  log: file('adds what the processes write, life by life'),
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

say(`chaos: ${kills} kills over two processes with all roles, leader and standby; seed ${seed}`);
const outcome = await runChaos({
  kills,
  seed,
  say,
  keep(twin, output) {
    if (log !== undefined) appendFileSync(log, `== process ${twin}\n${output}`);
  },
});
for (const line of told(outcome)) say(line);
say(`seed ${seed}; this program ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`);
const { lost, doubled, stale, open } = outcome;
process.exitCode = [lost, doubled.discord, doubled.matrix, stale, open].some((list) => list.length > 0)
  ? 1
  : 0;

function told({ book, waits, ...seen }: Outcome): string[] {
  const { count } = book;
  const share = (part: number): string =>
    seconds(waits[waits.length - Math.ceil(waits.length * part)]?.ms ?? 0);
  const faults = [...book.faults].map(([kind, times]) => `${kind} ${times}`).join(', ');
  const states = [...seen.states].map(([state, rows]) => `${state} ${rows}`).join(', ');
  const list = (name: string, faulty: readonly string[]): string[] =>
    faulty.slice(0, 20).map((one) => `  ${name}: ${one}`);
  return [
    `kills ${count.kills} (${count.early} before it was ready), ${count.pauses} put to sleep before; both and Redis at once ${count.both}`,
    `Redis killed ${count.redisKills}, outages of chats ${count.outages}; faults: ${faults}`,
    `accepted ${seen.accepted} alerts (202) in ${count.requests} requests; 1 notice to 64 operators, ${book.notice.answered.size} answered`,
    `delivered: Discord ${seen.delivered.discord}, Matrix ${seen.delivered.matrix} (rooms and people); ledger: ${states}`,
    `lost ${seen.lost.length}; over before they could be told, and counted in the digest instead: ${seen.folded}`,
    `doubled: Discord ${seen.doubled.discord.length}, Matrix ${seen.doubled.matrix.length}`,
    `ends, acknowledgements and counts not shown ${seen.stale.length}; rows of the ledger still open ${seen.open.length}`,
    `from 202 to visible: p50 ${share(0.5)}, p99 ${share(0.99)}, longest ${share(1)}`,
    'Redis with appendonly yes, appendfsync always: what it took it has, so that a loss is Tocsin’s',
    `took ${seconds(seen.tookMs)}`,
    ...list('lost', seen.lost),
    ...list('doubled on Discord', seen.doubled.discord),
    ...list('doubled on Matrix', seen.doubled.matrix),
    ...list('not shown', seen.stale),
    ...list('open', seen.open),
    ...seen.slowest.map((line) => `  slow: ${line}`),
    ...seen.evidence.map((line) => `  on record: ${line}`),
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
