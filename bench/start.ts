import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

import { startTocsin } from '#test/real/tocsin.ts';
import { startDaemon } from '#test/stand-ins/daemon/daemon.ts';
import { startDiscord } from '#test/stand-ins/discord/discord.ts';

import { asked } from './asked.ts';

/**
 * What an idle Tocsin costs: 64 seats × 2 nodes × 5 services on one daemon stand-in, chat on a Discord
 * stand-in, patrols at their default pace. Limits are a small server's share, not a peer's figure.
 */
const SEATS = 64;
const NODES = 2;
const SERVICES = 5;
const STARTS = 3;
const IDLE_MS = 60_000;
const LIMIT = { startMs: 10_000, residentMiB: 256 };

asked('bench:start', {});

await using daemon = await startDaemon('litecoin');
await using discord = await startDiscord();
const rpc = { url: daemon.url, user: daemon.user, password: daemon.password };

const snowflake = (index: number): string => String(100_000_000_000_000_000n + BigInt(index));
const count = (length: number): number[] => Array.from({ length }, (_, index) => index);
const seats = count(SEATS);
const fleet = {
  network: 'bench',
  rooms: [
    { id: 'notaries', discord: discord.channelId },
    { id: 'ops', discord: discord.channel({ name: 'ops' }).id },
  ],
  routes: [{ rooms: ['notaries'] }],
  coins: count(SERVICES).map((index) => ({ id: `C${index}`, profile: 'litecoin' })),
  teams: seats.map((seat) => ({
    id: `team${seat}`,
    operators: [{ id: `op${seat}`, role: 'notary', discord: snowflake(seat) }],
    seats: [{ id: `seat${seat}`, region: 'EU' }],
  })),
  nodes: seats.flatMap((seat) =>
    count(NODES).map((node) => ({
      id: `node${seat}-${node}`,
      seat: `seat${seat}`,
      access: { kind: 'local' },
      services: count(SERVICES).map((index) => ({
        id: `C${index}`,
        kind: 'utxo',
        coin: `C${index}`,
        rpc: { ...rpc },
      })),
    })),
  ),
};

function usage(pid: number): {
  readonly residentMiB: number;
  readonly peakMiB: number;
  readonly cpuS: number;
} {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return {
    residentMiB: mebibytes('VmRSS'),
    peakMiB: mebibytes('VmHWM'),
    cpuS: (Number(stat[11]) + Number(stat[12])) / 100,
  };
}

const env = {
  DISCORD_TOKEN: discord.token,
  DISCORD_GUILD_ID: discord.guildId,
  DISCORD_API_URL: discord.api,
  LOG_LEVEL: 'warn',
};
const starts: number[] = [];
for (let turn = 1; turn < STARTS; turn++) {
  const began = performance.now();
  await using tocsin = await startTocsin({ env, fleet });
  starts.push(performance.now() - began);
  await tocsin.stop();
}
const began = performance.now();
await using tocsin = await startTocsin({ env, fleet });
starts.push(performance.now() - began);
const before = usage(tocsin.pid);
const requestsBefore = daemon.requests;
await wait(IDLE_MS);
const after = usage(tocsin.pid);

const median = starts.toSorted((a, b) => a - b)[Math.floor(STARTS / 2)] ?? 0;
const share = (value: number, limit: number): string => `${(value / limit).toFixed(2)} of ${limit}`;
const lines = [
  `${SEATS} seats, ${SEATS * NODES} nodes, ${SEATS * NODES * SERVICES} services`,
  `start to /readyz 200: median ${median.toFixed(0)} ms of ${STARTS} (${starts.map((ms) => ms.toFixed(0)).join(', ')}); ratio ${share(median, LIMIT.startMs)} ms`,
  `resident memory: ${before.residentMiB.toFixed(0)} MiB at the start, ${after.residentMiB.toFixed(0)} MiB after ${IDLE_MS / 1000} s, peak ${after.peakMiB.toFixed(0)} MiB; ratio ${share(after.residentMiB, LIMIT.residentMiB)} MiB`,
  `processor: ${(((after.cpuS - before.cpuS) / (IDLE_MS / 1000)) * 100).toFixed(1)} % of one core, ${daemon.requests - requestsBefore} requests to daemons meanwhile`,
];
process.stdout.write(`${lines.join('\n')}\n`);
