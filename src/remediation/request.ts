import { UserError } from '#src/domain/errors.ts';
import { type Fleet, ROOM_NOTARIES } from '#src/domain/fleet.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Target } from '#src/domain/node.ts';
import type { Actor } from '#src/domain/operator.ts';
import type { Arguments, Plan, Remedy, Request, RequestId } from '#src/domain/remedy.ts';
import type { RoomId } from '#src/domain/room.ts';
import { matches } from '#src/domain/silence.ts';

import { digestOf } from './digest.ts';

export interface Asked {
  readonly remedy: string;
  readonly node: string;
  readonly service?: string | undefined;
  readonly args: Arguments;
  readonly by: Actor;
  readonly cause: string;
  readonly because?: string | undefined;
}

/** The same asking has the same id. */
export const requestId = ({ cause, remedy, node, service }: Asked): RequestId =>
  `r${keyOf('request', cause, remedy, node, service ?? '').slice(0, 9)}` as RequestId;

interface Opening {
  readonly asked: Asked;
  readonly remedy: Remedy;
  readonly target: Target;
  readonly args: Arguments;
  readonly plan: Plan;
  readonly room: RoomId;
  /** From when on the emergency rule holds. */
  readonly alone: (asking: Pick<Request, 'risk' | 'requestedBy' | 'requestedAt'>) => Date | undefined;
  readonly now: Date;
  readonly validMs: number;
}

/** A new request, waiting for its approval. */
export function open({ asked, remedy, target, args, plan, room, alone, now, validMs }: Opening): Request {
  const approvable = {
    remedy: remedy.id,
    risk: remedy.risk,
    requestedBy: asked.by.id,
    node: target.node.id,
    service: target.service.id,
    arguments: args,
    plan,
  };
  const requestedAt = now.toISOString();
  const { by } = asked;
  const from = alone({ ...approvable, requestedAt });
  return {
    ...approvable,
    id: requestId(asked),
    ...(by.account !== undefined && { accounts: { [by.id]: by.account } }),
    ...(from && { aloneFrom: from.toISOString() }),
    digest: digestOf(approvable),
    state: 'requested',
    requestedAt,
    expiresAt: new Date(now.getTime() + validMs).toISOString(),
    approvedBy: [],
    steps: [],
    room,
    revision: 1,
  };
}

export function remedyOf(remedies: readonly Remedy[], id: string): Remedy {
  const remedy = remedies.find((remedy) => remedy.id === id);
  if (remedy) return remedy;
  throw new UserError(
    `There is no remedy ${quoted(id)}. There are: ${remedies.map(({ id }) => id).join(', ')}.`,
  );
}

/** The service that the remedy is for; without a name, the only one that fits. Throws UserError. */
export function targetOf(fleet: Fleet, remedy: Remedy, node: string, service?: string): Target {
  const found = fleet.node(node);
  if (!found) throw new UserError(`There is no node ${quoted(node)}.`);
  const fitting = fleet.targetsOf(found.id).filter((target) => remedy.kinds.includes(target.service.kind));
  if (service !== undefined) {
    const target = fitting.find((target) => target.service.id === service);
    if (target) return target;
    throw new UserError(`${remedy.id} fits no service ${quoted(service)} of ${node}. ${offer(fitting)}`);
  }
  const [only, another] = fitting;
  if (!only) throw new UserError(`${remedy.id} fits no service of ${node}.`);
  if (another) throw new UserError(`Say which service of ${node} is meant. ${offer(fitting)}`);
  return only;
}

const offer = (targets: readonly Target[]): string =>
  targets.length === 0
    ? 'It has none that it fits.'
    : `It fits: ${targets.map(({ service }) => service.id).join(', ')}.`;

/** The arguments with the remedy's defaults; refuses what the remedy does not take. Throws UserError. */
export function argumentsOf({ id, parameters, defaults = {} }: Remedy, given: Arguments): Arguments {
  const known = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  for (const [name, value] of Object.entries(given)) {
    const parameter = known.get(name);
    if (!parameter) {
      const offered = parameters.length > 0 ? `It takes: ${[...known.keys()].join(', ')}.` : 'It takes none.';
      throw new UserError(`${id} takes no argument ${quoted(name)}. ${offered}`);
    }
    requireReadable(name, value);
    if (parameter.oneOf && !parameter.oneOf.includes(value)) {
      throw new UserError(`${name} must be one of: ${parameter.oneOf.join(', ')}.`);
    }
  }
  const args = { ...defaults, ...given };
  const missing = parameters.find(({ name, required }) => required && !args[name]);
  if (missing) throw new UserError(`${id} needs ${missing.name}: ${missing.summary}`);
  return args;
}

const LONGEST_ARGUMENT = 256;
/** Ends lines, turns the direction of writing, or is not seen at all: who approves would approve something else. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

function requireReadable(name: string, value: string): void {
  if (value.length > LONGEST_ARGUMENT) {
    throw new UserError(`${name} is ${value.length} characters long; at most ${LONGEST_ARGUMENT} are taken.`);
  }
  if (UNSEEN.test(value)) {
    throw new UserError(`${name} holds a character that cannot be seen: type it again, as plain text.`);
  }
}

/** Where the request's message stands: the room of the first route that fits the service, whatever the severity. */
export function roomOf(fleet: Fleet, { node, service }: Target): RoomId {
  const labels = {
    seat: node.seat,
    node: node.id,
    service: service.id,
    coin: service.coin,
    region: fleet.seat(node.seat)?.region,
  };
  return fleet.routes.find((route) => matches(route.match, labels))?.rooms[0] ?? ROOM_NOTARIES;
}

const SHOWN = 60;
const quoted = (words: string): string =>
  words.length > SHOWN ? `${words.slice(0, SHOWN).toWellFormed()}…` : words;
