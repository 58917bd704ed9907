import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import type { Arguments, Knowledge, Plan, Remedy } from '#src/domain/remedy.ts';
import { seenWords, standingOf } from '#src/domain/version.ts';

import { spell } from '../../poll.ts';
import { type Argv, requireAllowed } from '../../supervisors/index.ts';
import { connect as connectDaemon, type Connect } from '../connect.ts';
import { executorOf } from '../process/identity.ts';
import {
  ANYWAY,
  found,
  identify,
  type Life,
  plannedStart,
  plannedStop,
  stop,
  verified,
  WAITS,
  type Waits,
} from '../process/life.ts';
import { requireCalm } from '../process/rpc-state.ts';
import { whyNotHere } from '../process/supervisor.ts';
import { inWords } from '../refusal.ts';
import { type Asked, askedOf, noticesOf, programNow, requireFit } from '../update/asked.ts';
import { build } from '../update/build.ts';
import { filled, type Program, programAt, running } from '../update/release.ts';
import { back, tried } from '../update/swap.ts';

export interface UpdateOptions extends Partial<Waits> {
  readonly connect?: Connect;
  /** Longest that a build may take. */
  readonly buildMs?: number;
}

const HOUR_MS = 3_600_000;
const BUILD_MS = 4 * HOUR_MS;

/** Has a daemon run as another program that is on its node, or is built there from a commit; the old one comes back when that does not come up. */
export function createUpdate({
  connect = connectDaemon,
  buildMs = BUILD_MS,
  ...given
}: UpdateOptions = {}): Remedy {
  const waits = { ...WAITS, ...given };
  return {
    id: 'update',
    summary:
      'Starts the daemon as another program of the node, and as the old one again when that does not come up',
    risk: 'medium',
    kinds: ['utxo'],
    takesDown: true,
    notHere: whyNotHere,
    parameters: [
      { name: 'program', summary: 'Its whole path on the node, where it is built already' },
      { name: 'commit', summary: 'Built from this commit first, by the program that the fleet file names' },
      { name: 'version', summary: 'What it must be at least' },
      { name: 'downgrade', summary: 'yes: it may be older than what runs', oneOf: ['yes', 'no'] },
    ],
    boundMs: buildMs + HOUR_MS,
    plan: (target, args, executors, knowledge) =>
      inWords(() =>
        planOf(target, args, { executor: executorOf(executors, target), connect, waits, buildMs, knowledge }),
      ),
    carryOut: (carrying) =>
      inWords(() => {
        const executor = executorOf(carrying.executors, carrying.target);
        return updated({ carrying, executor, connect, waits }, buildMs);
      }),
  };
}

export const update: Remedy = createUpdate();

const switchOrder = ({ switches }: Asked, program: string): Argv | undefined =>
  switches && filled(switches, { program });

interface Planning {
  readonly executor: Executor;
  readonly connect: Connect;
  readonly waits: Waits;
  readonly buildMs: number;
  readonly knowledge: Knowledge | undefined;
}

async function planOf(target: Target, args: Arguments, planning: Planning): Promise<Plan> {
  const { executor, connect, waits, buildMs, knowledge } = planning;
  const asked = askedOf(target, args);
  const was = await found(executor, target);
  const old = await programNow(was, target, executor);
  const rpc = was.instance && (await connect(target, { executor }));
  if (rpc) await requireCalm(rpc);
  const runs = rpc && (await running(rpc));
  const program: Program = asked.build
    ? { path: asked.path, commit: asked.commit }
    : await programAt(asked.path, { executor, node: target.node, version: asked.asks });
  if (!asked.build) requireFit(program, asked, runs);
  const notices = await noticesOf(target, program, knowledge);
  const orders = [asked.build, switchOrder(asked, program.path), switchOrder(asked, old)];
  await requireAllowed({ node: target.node, executor }, 'once', ...orders.filter((one) => one !== undefined));
  // The way back must be open, too.
  await plannedStart(was, waits, { program: old });
  const { steps, bound } = await plannedStop(was, waits);
  const switched = switchOrder(asked, program.path)?.join(' ');
  return {
    steps: [
      ...(asked.build
        ? [`Run ${asked.build.join(' ')} there, at most ${spell(buildMs)}; the daemon runs on meanwhile`]
        : []),
      `See that ${program.path} says it is ${asked.build ? `of commit ${asked.commit}` : seenWords(program)}`,
      ...steps,
      ...(switched === undefined ? [] : [`Run ${switched} there`]),
      ...(await plannedStart(was, waits, { program: program.path })),
      'See by its RPC that it is that version',
      old === program.path
        ? 'There is no way back: the old program was at the same path'
        : `When it does not come up: end it, and start ${old} again`,
    ],
    bound: { ...bound, program: `${program.path} ${seenWords(program)}`, old, ...notices },
    seen: { 'Runs now': runs ? seenWords(runs) : 'not running' },
  };
}

async function updated(life: Life, buildMs: number): Promise<string> {
  const { carrying, executor, connect } = life;
  const { target, args, journal, signal } = carrying;
  const asked = askedOf(target, args);
  const before = await identify(life);
  if (asked.build) await build(life, asked.build, buildMs);
  const { program, old } = await journal.step('see the program', async () => {
    const program = await programAt(asked.path, { executor, node: target.node, version: asked.asks });
    const rpc = before.running ? await connect(target, { executor, signal }) : undefined;
    requireFit(program, asked, rpc && (await running(rpc)));
    return { program, old: await programNow(await found(executor, target), target, executor) };
  });
  await stop(life, before);
  const why = await journal.step('start the new program', () => tried(life, before, program, asked), ANYWAY);
  if (why !== '') return back(life, before, { program, old, why, asked });
  const { words } = await verified(life, before, { program: program.path });
  const runs = await running(await connect(target, { executor, signal }));
  const notices = (await carrying.knowledge?.mandates?.of(target).catch(() => [])) ?? [];
  const shown = notices.map((mandate) => ` Notice ${mandate.notice}: ${standingOf(mandate, runs).words}.`);
  return `Runs as ${program.path}, ${seenWords(runs)}: ${words}${before.running ? ` (was ${before.words})` : ''}. The old program was ${old}.${shown.join('')}`;
}
