import { z } from 'zod';

import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Change } from '#src/domain/executor.ts';
import type { Deed, Standing, Supervision, Supervisor } from '#src/domain/supervisor.ts';

import { poll, spell } from '../poll.ts';
import { type Argv, firstLine, programsOn, requireAllowed } from './programs.ts';
import type { Supervised } from './supervised.ts';
import { timeSpanMs } from './time-span.ts';

/** https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.systemd1.html#Service%20Unit%20Objects */
const Unit = z.object({
  LoadState: z.string(),
  ActiveState: z.string(),
  SubState: z.string(),
  MainPID: z.coerce.number().int().nonnegative(),
  /** Made anew at each start, also at those that systemd makes by itself. */
  InvocationID: z.string().regex(/^[0-9a-f]*$/),
  Restart: z.string(),
  KillMode: z.string(),
  KillSignal: z.coerce.number().int(),
  SendSIGKILL: z.enum(['yes', 'no']),
  TimeoutStopUSec: z.string(),
});
type Unit = z.infer<typeof Unit>;

/** A clean end is followed by a start. */
const RETURNING = new Set(['always', 'on-success']);
/** Daemons end cleanly on SIGINT and SIGTERM. */
const GENTLE = new Set([2, 15]);
/** For systemd to run the program, once it was told to. */
const SPAWN = { everyMs: 200, withinMs: 10_000 };

type Systemd = Extract<Supervision, { kind: 'systemd' }>;

/** A daemon that is a unit of systemd. It is stopped by its own RPC where systemd leaves it down then, else by systemd, in a time long enough. */
export function systemd({ unit, user = false, once }: Systemd, supervised: Supervised): Supervisor {
  const { node, listening } = supervised;
  const systemctl = (...words: readonly string[]): Argv => [
    'systemctl',
    ...(user ? ['--user'] : []),
    ...words,
  ];
  const orders = {
    start: systemctl('--no-block', 'start', '--', unit),
    stop: systemctl('--no-block', 'stop', '--', unit),
    tell: (variable: string, words: readonly string[]): Argv =>
      systemctl('set-environment', `${variable}=${words.join(' ')}`),
    forget: (variable: string): Argv => systemctl('unset-environment', variable),
  };
  const { look, deed } = programsOn(supervised, ({ exitCode, stderr }) =>
    refusedWords(`systemctl on ${node.id} ended with code ${exitCode}: ${firstLine(stderr)}`),
  );

  async function read(): Promise<Unit> {
    const ran = await look(systemctl('show', `--property=${Object.keys(Unit.shape).join(',')}`, '--', unit));
    if (ran.exitCode !== 0)
      throw new OutsideError('systemd', 'unavailable', `systemctl: ${firstLine(ran.stderr)}`);
    const rows = ran.stdout.split('\n').filter((row) => row.includes('='));
    const read = Unit.safeParse(
      Object.fromEntries(
        rows.map((row) => [row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1).trim()]),
      ),
    );
    if (!read.success)
      throw new OutsideError('systemd', 'unreadable', `what systemd says of ${unit} cannot be read`);
    const { LoadState } = read.data;
    if (LoadState === 'loaded') return read.data;
    const why = LoadState === 'not-found' ? 'has no such unit' : `holds it for ${LoadState}`;
    throw new UserError(
      `systemd on ${node.id} ${why}: ${unit}. Compare it with the service's supervisor in the fleet file.`,
    );
  }

  /** Undefined when it may be stopped by systemd. */
  function whyNotSystemctl(
    { KillMode, KillSignal, SendSIGKILL, TimeoutStopUSec }: Unit,
    withinMs: number,
  ): string | undefined {
    if (KillMode === 'none') return `its KillMode=none lets systemctl stop end nothing`;
    if (!GENTLE.has(KillSignal)) return `its KillSignal is ${KillSignal}, which ends no daemon cleanly`;
    if (SendSIGKILL === 'no' || (timeSpanMs(TimeoutStopUSec) ?? 0) >= withinMs) return undefined;
    return `systemd would kill it after ${TimeoutStopUSec}, and a daemon may write for ${spell(withinMs)}: systemctl edit ${unit}, and set TimeoutStopSec=${Math.ceil(withinMs / 1000)} below [Service]`;
  }

  const variableOf = ({ once: words = [] }: Change): string | undefined =>
    words.length > 0 ? once : undefined;

  return {
    words: `systemd's ${unit}`,
    async look(): Promise<Standing> {
      const { ActiveState, SubState, InvocationID, MainPID, Restart } = await read();
      if (SubState.startsWith('auto-restart')) {
        throw new UserError(
          `systemd is starting ${unit} again and again by itself: journalctl --unit ${unit} says why it ends.`,
        );
      }
      if (ActiveState === 'active' && MainPID === 0) {
        throw new UserError(
          `${unit} is active without a process of its own: name the unit whose main process is the daemon.`,
        );
      }
      if (ActiveState === 'deactivating') throw new UserError(`systemd is stopping ${unit}: wait for it.`);
      const runs = isUp(ActiveState);
      return {
        instance: runs ? { id: idOf(InvocationID), words: `pid ${MainPID}` } : undefined,
        bound: { supervisor: `${unit}${user ? ' of the user' : ''}` },
        returns: RETURNING.has(Restart),
        kept: '',
      };
    },
    async isRunning(instance) {
      const { ActiveState, SubState, InvocationID } = await read();
      const runs =
        (isUp(ActiveState) && !SubState.startsWith('auto-restart')) || ActiveState === 'deactivating';
      return runs && idOf(InvocationID) === instance;
    },
    async planStop({ returns }, { stays, withinMs }) {
      if (!stays || !returns) return 'Ask the daemon by RPC to stop';
      const why = whyNotSystemctl(await read(), withinMs);
      if (why !== undefined)
        throw new UserError(`${unit} cannot be stopped safely so that it stays down: ${why}.`);
      await requireAllowed(supervised, 'once', orders.stop);
      return `Have systemd stop ${unit}, which would start it again after a stop by RPC`;
    },
    async planStart(change) {
      const { once: words = [] } = change;
      await requireAllowed(supervised, 'once', orders.start);
      if (words.length === 0) return `Have systemd start ${unit}`;
      if (once === undefined) {
        throw new UserError(
          `systemd starts ${unit} with its own words only: let its ExecStart end with $TOCSIN_ONCE, and say once: TOCSIN_ONCE in the supervisor of the service (docs/fleet-file.md).`,
        );
      }
      await requireAllowed(supervised, 'once', orders.tell(once, words), orders.forget(once));
      return `Have systemd start ${unit} with ${words.join(' ')} this once, by $${once}`;
    },
    async stop({ stays, withinMs, ask, ...once }) {
      const unitNow = await read();
      if (!stays || !RETURNING.has(unitNow.Restart)) return ask();
      const why = whyNotSystemctl(unitNow, withinMs);
      if (why !== undefined) throw new UserError(`${unit} was not stopped: ${why}.`);
      return deed(once, orders.stop);
    },
    async isThere() {
      const { ActiveState, SubState } = await read();
      return isUp(ActiveState) && !SubState.startsWith('auto-restart');
    },
    async start({ id, signal, change }) {
      const variable = variableOf(change);
      if (variable !== undefined) {
        await deed({ id: `${id}-words`, signal }, orders.tell(variable, change.once ?? []));
      }
      await deed({ id, signal }, orders.start);
    },
    async settle({ id, signal }: Deed, change) {
      const variable = variableOf(change);
      if (variable === undefined) return;
      // The program must have been given them before they are taken away.
      await poll(async () => ((await read()).MainPID > 0 ? true : undefined), { ...SPAWN, signal });
      await deed({ id: `${id}-no-words`, signal }, orders.forget(variable));
    },
    async arrived({ once: words = [] }) {
      const { ActiveState, InvocationID, MainPID } = await read();
      if (!isUp(ActiveState))
        throw new UserError(
          `Its RPC answers, but ${unit} is ${ActiveState}: something else started it. Look at the node.`,
        );
      const seen = words.length > 0 ? await listening().catch(() => undefined) : undefined;
      const missing = seen && words.find((word) => !seen.argv.includes(word));
      if (missing === undefined) return { id: idOf(InvocationID), words: `pid ${MainPID}` };
      throw new UserError(
        `It runs, but without ${missing}: the ExecStart of ${unit} does not end with $${once}.`,
      );
    },
  };
}

const isUp = (state: string): boolean =>
  state === 'active' || state === 'activating' || state === 'reloading';
const idOf = (invocation: string): string => `invocation ${invocation}`;

const refusedWords = (words: string): string =>
  /access denied|authentication|not authorized/i.test(words)
    ? `${words}. Allow our user to start and stop the unit (docs/fleet-file.md).`
    : words;
