import { type BurstFigures, type BurstOptions, burst } from './alerts/burst.ts';
import { idleLatencies } from './alerts/idle.ts';
import { alertmanagerPeer, tocsinPeer } from './alerts/peers.ts';
import { DISCORD_LIKE, openSink } from './alerts/sink.ts';
import { asked, oneOf, whole } from './asked.ts';
import { percentile, print, progress, ratio, shown, table } from './figures.ts';

/** The same load to Tocsin and to Debian's Alertmanager, in turn, into the same sink; bench/README.md says how to read it. */
const {
  alerts: COUNT,
  idle: IDLE,
  rounds: ROUNDS,
  only,
} = asked('bench:alerts', {
  alerts: whole(10_000, 'alerts of a burst'),
  idle: whole(200, 'alerts one by one'),
  rounds: whole(1, 'bursts of each kind, of which the median counts'),
  only: oneOf(['idle', 'burst', 'limited', 'kill'], 'that part alone'),
});
const PEERS = [tocsinPeer, alertmanagerPeer] as const;
const HEAD = ['', 'Tocsin', 'Alertmanager', 'Tocsin ÷ Alertmanager'];

type Row = readonly [what: string, tocsin: number, alertmanager: number];
const section = (title: string, rows: readonly Row[]): void =>
  print(
    `\n${table(
      [title, ...HEAD.slice(1)],
      rows.map(([what, a, b]) => [what, shown(a), shown(b), ratio(a, b)]),
    )}`,
  );

async function idle(): Promise<void> {
  progress(`idle: ${IDLE} alerts to each, one by one`);
  await using one = await openSink(false);
  await using two = await openSink(false);
  await using tocsin = await tocsinPeer(one);
  await using alertmanager = await alertmanagerPeer(two);
  const pairs = [
    { peer: tocsin, sink: one },
    { peer: alertmanager, sink: two },
  ];
  const [a = [], b = []] = await idleLatencies(pairs, IDLE);
  section(`idle, ${IDLE} alerts one by one`, [
    ['alert → sink p50, ms', percentile(a, 0.5), percentile(b, 0.5)],
    ['alert → sink p99, ms', percentile(a, 0.99), percentile(b, 0.99)],
  ]);
}

async function bursts(title: string, options: BurstOptions): Promise<void> {
  const runs: BurstFigures[][] = PEERS.map(() => []);
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [at, start] of PEERS.entries()) {
      progress(`${title}: round ${round} of ${ROUNDS}, ${at === 0 ? 'Tocsin' : 'Alertmanager'}`);
      runs[at]?.push(await burst(start, options));
    }
  }
  const row = (what: string, of: (figures: BurstFigures) => number): Row => {
    const [a = NaN, b = NaN] = runs.map((figures) => percentile(figures.map(of), 0.5));
    return [what, a, b];
  };
  section(title, [
    row('accepted', ({ accepted }) => accepted),
    row('time until accepted, s', ({ acceptedS }) => acceptedS),
    row('time until half can be read, s', ({ halfVisibleS }) => halfVisibleS),
    row('time until all can be read, s', ({ visibleS }) => visibleS),
    row('lost: accepted, never to be read', ({ lost }) => lost),
    row('told in more than one message', ({ repeated }) => repeated),
    row('messages', ({ messages }) => messages),
    row('answers of 429', ({ refused }) => refused),
    row('peak memory, MiB', ({ peakMiB }) => peakMiB),
    row('processor, s', ({ cpuS }) => cpuS),
  ]);
}

const parts: Readonly<Record<string, () => Promise<void>>> = {
  idle,
  burst: () => bursts(`burst of ${COUNT}`, { count: COUNT, limits: false }),
  limited: () =>
    bursts(`burst of ${COUNT}, sink limited as Discord is`, { count: COUNT, limits: DISCORD_LIKE }),
  kill: () => bursts(`burst of ${COUNT}, SIGKILL half-way`, { count: COUNT, limits: false, kill: true }),
};
for (const [name, part] of Object.entries(parts)) if (only === undefined || only === name) await part();
