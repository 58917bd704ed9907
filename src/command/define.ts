import type { Alerting } from '#src/domain/alert.ts';
import type { Audit } from '#src/domain/audit.ts';
import type { Deliveries } from '#src/domain/delivery.ts';
import type { Drills } from '#src/domain/drill.ts';
import type { Examiner } from '#src/domain/finding.ts';
import type { FlagDays } from '#src/domain/flagday.ts';
import type { Fleet, FleetFile } from '#src/domain/fleet.ts';
import type { Histories } from '#src/domain/history.ts';
import type { Account, Linking } from '#src/domain/linking.ts';
import type { Action, Menu, Parameter } from '#src/domain/menu.ts';
import type { Message } from '#src/domain/message.ts';
import type { Broadcast } from '#src/domain/notice.ts';
import type { Oncalls } from '#src/domain/oncall.ts';
import type { Pictures } from '#src/domain/picture.ts';
import type { Actor, OperatorId, Role } from '#src/domain/operator.ts';
import type { Remediation } from '#src/domain/remedy.ts';
import type { Runbooks } from '#src/domain/runbook.ts';
import type { Silences } from '#src/domain/silence.ts';
import type { Standing } from '#src/domain/standing.ts';
import type { Statistics } from '#src/domain/statistics.ts';

/** All that a command may reach. A command names the parts it uses. */
export interface Context {
  readonly actor: Actor;
  /** The platform it was asked on. */
  readonly platform: string;
  /** It was typed where others read it. */
  readonly inPublic: boolean;
  /** Unique for the event that asked: the key of whatever the command starts. */
  readonly cause: string;
  readonly now: Date;
  readonly fleet: Fleet;
  readonly fleetFile: FleetFile;
  readonly menu: readonly Menu[];
  readonly prefix: string;
  readonly alerting: Alerting;
  readonly silences: Silences;
  readonly broadcast: Broadcast;
  readonly oncalls: Oncalls;
  readonly remediation: Remediation;
  readonly flagDays: FlagDays;
  readonly linking: Linking;
  readonly examiner: Examiner;
  readonly histories: Pick<Histories, 'read'>;
  readonly deliveries: Deliveries;
  readonly drills: Drills;
  /** How each platform stands now. */
  readonly standings: () => readonly Standing[];
  readonly audit: Audit;
  readonly pictures: Pictures;
  readonly statistics: Statistics;
  /** What to do about each alert. */
  readonly runbooks: Runbooks;
  /** The address of a link that signs this operator in to the page, once. */
  readonly signInLink: (operator: OperatorId) => Promise<string>;
}

/** All that a command may reach for somebody who is not of the fleet. */
export interface StrangerContext extends Pick<Context, 'linking' | 'inPublic'> {
  readonly account: Account;
}

type Names<P extends readonly Parameter[]> = P[number]['name'];
type Required<P extends readonly Parameter[]> = Extract<P[number], { required: true }>['name'];

/** The arguments of a command, by the parameters it declares. */
export type Args<P extends readonly Parameter[]> = Readonly<
  Record<Required<P>, string> & Partial<Record<Exclude<Names<P>, Required<P>>, string>>
>;

interface Runnable<P extends readonly Parameter[]> {
  /** The least role that may run it; rights on a seat are checked where the deed is done. */
  readonly who: Role;
  readonly parameters: P;
  run(context: Context, args: Args<P>): Promise<Message>;
  /** What somebody who is not of the fleet may ask; undefined = nothing, as for all commands without it. */
  forStranger?(context: StrangerContext, args: Args<P>): Promise<Message> | undefined;
}

type AnyArgs = Readonly<Record<string, string | undefined>>;

/** A subcommand, ready to be run with arguments that have been checked against its parameters. */
export interface RunnableAction extends Action {
  readonly who: Role;
  run(context: Context, args: AnyArgs): Promise<Message>;
}

/** A command: what people see of it, and what it does. */
export interface Command extends Menu {
  readonly actions: readonly RunnableAction[];
  /** Of a command without actions. */
  readonly who?: Role | undefined;
  run?(context: Context, args: AnyArgs): Promise<Message>;
  forStranger?(context: StrangerContext, args: AnyArgs): Promise<Message> | undefined;
}

type Head = Pick<Menu, 'name' | 'summary' | 'examples' | 'private'>;

/** A command without subcommands. */
export const defineCommand = <const P extends readonly Parameter[]>(spec: Head & Runnable<P>): Command => ({
  ...spec,
  actions: [],
  run: (context, args) => spec.run(context, args as Args<P>),
  forStranger: (context, args) => spec.forStranger?.(context, args as Args<P>),
});

/** One subcommand. */
export const defineAction = <const P extends readonly Parameter[]>(
  spec: Pick<Action, 'name' | 'summary'> & Runnable<P>,
): RunnableAction => ({ ...spec, run: (context, args) => spec.run(context, args as Args<P>) });

/** A command that is a family of subcommands. */
export const defineFamily = (spec: Head & { readonly actions: readonly RunnableAction[] }): Command => ({
  ...spec,
  parameters: [],
});
