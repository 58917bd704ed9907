import { setTimeout as wait } from 'node:timers/promises';

import { fleetFile, openDiscordStage, openMatrixStage } from '#test/e2e/fleet.ts';
import { startRedis } from '#test/real/redis.ts';
import { startSynapse } from '#test/real/synapse.ts';
import type { StoredMessage } from '#test/stand-ins/discord/discord.ts';

import { asked, oneOf, whole } from './asked.ts';
import { percentile, print, progress, shown, table } from './figures.ts';
import { startProgram } from './program.ts';

/** Discord refuses everything while alerts come, then returns; and a leader of two processes is killed. */
const {
  outage: OUTAGE_S,
  takeovers: TAKEOVERS,
  only,
} = asked('bench:failover', {
  outage: whole(15, 'seconds for which Discord refuses'),
  takeovers: whole(3, 'leaders killed'),
  only: oneOf(['outage', 'takeover'], 'that part alone'),
});
/** Under the pace at which each critical alert has a message of its own. */
const CRITICAL_EVERY_MS = 600;
const WARNINGS_EVERY_MS = 100;
const LIMIT = { firstS: 5, takeoverS: 15 };
const SETTLE_MS = 60_000;

type Measured = readonly [what: string, value: number, wanted: number];
const report = (title: string, rows: readonly Measured[]): void => {
  const words = rows.map(([what, value, wanted]) => [
    what,
    shown(value),
    Number.isNaN(wanted) ? '–' : `≤ ${wanted}`,
    Number.isNaN(wanted) || wanted === 0 ? '–' : (value / wanted).toFixed(2),
  ]);
  print(`${table([title, 'measured', 'wanted', 'measured ÷ wanted'], words)}\n`);
  if (rows.some(([, value, wanted]) => value > wanted)) process.exitCode = 1;
};

async function outage(): Promise<void> {
  progress('Synapse and the Discord stand-in start');
  await using synapse = await startSynapse();
  await using matrix = await openMatrixStage(synapse);
  await using stage = await openDiscordStage();
  const { discord } = stage;
  const fleet = fleetFile({ discord: stage, matrix });
  await using tocsin = await startProgram({ ...stage.env, ...matrix.env }, fleet);
  await stage.ready();

  const given: {
    readonly name: string;
    readonly id: string;
    readonly severity: string;
    readonly at: number;
  }[] = [];
  const fire = async (severity: string): Promise<void> => {
    const name = `${severity === 'critical' ? 'c' : 'w'}${String(given.length).padStart(4, '0')}x`;
    const at = Date.now();
    const labels = { alertname: name, severity, instance: name };
    const { status, body } = await tocsin.ingress('alerts', { labels, status: 'firing' });
    if (status !== 202) throw new Error(`an alert was answered ${status}`);
    given.push({ name, severity, at, id: (body as { accepted: string[] }).accepted[0] ?? '' });
  };
  const pour = (severity: string, everyMs: number, forMs: number): Promise<void> =>
    (async () => {
      for (const until = Date.now() + forMs; Date.now() < until; await wait(everyMs)) await fire(severity);
    })();
  const load = (forMs: number): Promise<void[]> =>
    Promise.all([pour('critical', CRITICAL_EVERY_MS, forMs), pour('warning', WARNINGS_EVERY_MS, forMs)]);

  const onDiscord = (name: string): number =>
    [stage.rooms.notaries, stage.rooms.ops]
      .flatMap((id) => discord.messages(id))
      .filter((message) => titleOf(message).includes(name)).length;
  const inMatrix = (name: string) =>
    matrix.people.bob
      .timeline()
      .filter((event) => event.sender === matrix.bot.userId && event.relation?.kind === undefined)
      .filter((event) => event.text.includes(name));

  progress('load, Discord up');
  await load(3_000);
  progress(`Discord refuses for ${OUTAGE_S} s, load goes on`);
  const refusedAt = Date.now();
  const before = given.length;
  await discord.refuse();
  await load(OUTAGE_S * 1_000);
  const during = given.slice(before);
  const critical = during.filter(({ severity }) => severity === 'critical');
  const deliveredIn = async (list: typeof during): Promise<number> => {
    let count = 0;
    for (const { id } of list) {
      const { body } = await tocsin.api(`deliveries?cause=alert:${id}:1`);
      const rows = body as { state: string; platform: string }[];
      if (rows.some(({ state }) => state === 'delivered')) count++;
    }
    return count;
  };
  const settleBy = Date.now() + SETTLE_MS;
  while ((await deliveredIn(during)) < during.length && Date.now() < settleBy) await wait(500);
  const delays = critical.flatMap(({ name, at }) => {
    const [event] = inMatrix(name);
    return event ? [event.sentAtMs - at] : [];
  });
  const first = Math.min(...critical.flatMap(({ name }) => inMatrix(name).map(({ sentAtMs }) => sentAtMs)));
  const due = { arrived: await deliveredIn(during), critical: delays.length };

  progress('Discord is back');
  await discord.restore();
  await stage.ready();
  await load(2_000);
  await wait(10_000);
  const doubled = critical.filter(({ name }) => onDiscord(name) + inMatrix(name).length > 1).length;
  const all = await deliveredIn(given);
  report(`Discord refuses for ${OUTAGE_S} s`, [
    ['first critical message in Matrix, s after Discord refused', (first - refusedAt) / 1_000, LIMIT.firstS],
    ['alerts given meanwhile', during.length, NaN],
    ['of them not delivered while Discord was away', during.length - due.arrived, 0],
    ['critical ones that no person could read in Matrix', critical.length - due.critical, 0],
    ['critical, alert → Matrix p50, s', percentile(delays, 0.5) / 1_000, NaN],
    ['critical, alert → Matrix p99, s', percentile(delays, 0.99) / 1_000, NaN],
    ['critical ones with two messages after its return', doubled, 0],
    ['alerts of the whole run not delivered', given.length - all, 0],
  ]);
}

/** An alert's own message says its name in the title; the digest on return only lists it. */
const titleOf = ({ embeds }: StoredMessage): string => embeds[0]?.title ?? '';

/** Each with its own data folder, as on two machines: the standby has only the lease to go by. */
async function takeover(): Promise<void> {
  await using redis = await startRedis({ appendonly: true });
  await using stage = await openDiscordStage();
  const { discord } = stage;
  const env = { ...stage.env, REDIS_URL: redis.url };
  const fleet = fleetFile({ discord: stage });
  const programs = [await startProgram(env, fleet)];
  await stage.ready();
  const taken: number[] = [];
  let doubled = 0;
  try {
    programs.push(await startProgram(env, fleet));
    for (let turn = 1; turn <= TAKEOVERS; turn++) {
      progress(`takeover ${turn} of ${TAKEOVERS}`);
      const leader = programs.shift();
      if (!leader) break;
      const alice = discord.as(stage.handles.alice);
      const killedAt = performance.now();
      await leader.kill('SIGKILL');
      for (;;) {
        const interaction = await alice.slash('/alerts');
        const isAnswered = await interaction.answered(3_500).then(
          () => true,
          () => false,
        );
        if (isAnswered) {
          await wait(200);
          if (interaction.refusals.length > 0) doubled++;
          break;
        }
        if (performance.now() - killedAt > 60_000) throw new Error('nobody took over within 60 s');
        await wait(100);
      }
      taken.push((performance.now() - killedAt) / 1_000);
      await leader.restart();
      programs.push(leader);
    }
  } finally {
    await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
  }
  report('the leader of two is killed', [
    ['until a command is answered again, longest, s', Math.max(...taken), LIMIT.takeoverS],
    ['until a command is answered again, median, s', percentile(taken, 0.5), LIMIT.takeoverS],
    ['answers that were given twice', doubled, 0],
  ]);
}

if (only !== 'takeover') await outage();
if (only !== 'outage') await takeover();
