import { randomInt } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { type Outcome, runChaos } from './chaos/run.ts';

/**
 * Kills Tocsin at random moments under load, with chats and Redis that fail as well, and says whether anything was lost or
 * doubled. The seed repeats the plan: what is sent, when what is killed, which calls go wrong. How the processes interleave is
 * the machine's.
 */
const HELP = `npm run chaos -- [--kills 1000] [--seed N] [--log FILE]

  --kills N   SIGKILLs in all, over two processes (1000)
  --seed N    repeats the plan of an earlier run (drawn and printed)
  --log FILE  adds what the processes write, life by life
  --help      this

Exit code 0: nothing lost, nothing doubled, everything shown. 1: something was. 2: not understood.
bench/README.md says how to read the figures.
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Asked {
  readonly kills: number;
  readonly seed: number;
  readonly log: string | undefined;
}

/** Undefined when nothing is to be run. */
function read(argv: readonly string[]): Asked | undefined {
  try {
    const text = { type: 'string' } as const;
    const options = { kills: text, seed: text, log: text, help: { type: 'boolean' } } as const;
    const { values } = parseArgs({ args: [...argv], options });
    if (values.help !== true) {
      return {
        kills: whole('--kills', values.kills ?? '1000', 1),
        seed: whole('--seed', values.seed ?? String(randomInt(2 ** 31)), 0),
        log: values.log,
      };
    }
    process.stdout.write(HELP);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exitCode = 2;
  }
  return undefined;
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`${name} must be a whole number from ${least}, not "${text}"`);
}

const asked = read(process.argv.slice(2));
if (asked) process.exitCode = await play(asked);

async function play({ kills, seed, log }: Asked): Promise<number> {
  say(`chaos: ${kills} kills over two processes with all roles, leader and standby; seed ${seed}`);
  const keep = (twin: number, output: string): void => {
    if (log !== undefined) appendFileSync(log, `== process ${twin}\n${output}`);
  };
  const outcome = await runChaos({ kills, seed, say, keep });
  for (const line of told(outcome)) say(line);
  say(`seed ${seed}; ${memory()}`);
  const { lost, doubled, stale, open } = outcome;
  return [lost, doubled.discord, doubled.matrix, stale, open].some((list) => list.length > 0) ? 1 : 0;
}

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

function memory(): string {
  return `this program ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`;
}
