import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

import { type Outcome, runChaos } from './chaos/run.ts';

/**
 * Kills Tocsin at random moments under load, with chats and Redis that fail as well, and says whether anything was lost or
 * doubled. The seed repeats the plan: what is sent, when what is killed, which calls go wrong. How the processes interleave is
 * the machine's.
 */
const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
const kills = Number(values.kills ?? 1_000);
const seed = Number(values.seed ?? randomInt(2 ** 31));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

say(`chaos: ${kills} kills, seed ${seed}`);
const outcome = await runChaos({ kills, seed, say });
for (const line of told(outcome)) say(line);
const { lost, doubled, stale, open } = outcome;
process.exitCode = [lost, doubled.discord, doubled.matrix, stale, open].some((list) => list.length > 0)
  ? 1
  : 0;

function told({ book, ...seen }: Outcome): string[] {
  const { count } = book;
  const share = (part: number): string =>
    seconds(seen.timesMs[Math.ceil(seen.timesMs.length * part) - 1] ?? 0);
  const faults = [...book.faults].map(([kind, times]) => `${kind} ${times}`).join(', ');
  const states = [...seen.states].map(([state, rows]) => `${state} ${rows}`).join(', ');
  const list = (name: string, faulty: readonly string[]): string[] =>
    faulty.slice(0, 20).map((one) => `  ${name}: ${one}`);
  return [
    `kills ${count.kills} (${count.early} before it was ready), Redis killed ${count.redisKills}, outages of chats ${count.outages}`,
    `faults: ${faults}`,
    `accepted ${seen.accepted} alerts (202) in ${count.requests} requests; 1 notice to 64 operators, ${book.notice.answered.size} answered`,
    `delivered: Discord ${seen.delivered.discord}, Matrix ${seen.delivered.matrix} (rooms and people); ledger: ${states}`,
    `lost ${seen.lost.length}; over before they could be told, and counted in the digest instead: ${seen.folded}`,
    `doubled: Discord ${seen.doubled.discord.length}, Matrix ${seen.doubled.matrix.length}`,
    `ends, acknowledgements and counts not shown ${seen.stale.length}; rows of the ledger still open ${seen.open.length}`,
    `from 202 to visible: p50 ${share(0.5)}, p99 ${share(0.99)}, longest ${share(1)}`,
    'Redis with appendonly yes, appendfsync always: what it took it has, so that a loss is Tocsin’s',
    `took ${seconds(seen.tookMs)}; seed ${seed}`,
    ...list('lost', seen.lost),
    ...list('doubled on Discord', seen.doubled.discord),
    ...list('doubled on Matrix', seen.doubled.matrix),
    ...list('not shown', seen.stale),
    ...list('open', seen.open),
    ...seen.evidence.map((line) => `  on record: ${line}`),
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
