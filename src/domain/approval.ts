import { UserError } from './errors.ts';
import type { Fleet } from './fleet.ts';
import { hasRole, type Operator, type OperatorId, TOCSIN } from './operator.ts';
import { holds } from './permission.ts';
import type { Risk } from './remedy.ts';
import type { SeatId } from './seat.ts';

/** What somebody is to a node, by their role and by whether its seat is theirs. Who left the fleet is a stranger. */
export const STANDINGS = ['stranger', 'observer', 'other', 'own', 'coordinator'] as const;
export type Standing = (typeof STANDINGS)[number];

export const DEEDS = [
  /** Sees what remedies and requests there are. */
  'list',
  /** Has it shown what a remedy would do. */
  'plan',
  'request',
  /** Approves what somebody else asked for. */
  'approve',
  'approve-own',
  /** The same where the fleet's emergency rule holds, after its wait. */
  'approve-own-in-emergency',
  /** Approves what somebody else asked for and another one has approved. */
  'approve-second',
  'deny',
  'deny-own',
  /** Stops what is approved, or runs. */
  'cancel',
] as const;
export type Deed = (typeof DEEDS)[number];

type Rule = Readonly<Record<Risk, readonly Standing[]>>;

const PEOPLE: readonly Standing[] = ['observer', 'other', 'own', 'coordinator'];
const CONCERNED: readonly Standing[] = ['own', 'coordinator'];
const always = (who: readonly Standing[]): Rule => ({ low: who, medium: who, high: who });

const RULES: Readonly<Record<Deed, Rule>> = {
  list: always(PEOPLE),
  plan: always(PEOPLE),
  request: always(CONCERNED),
  approve: always(CONCERNED),
  'approve-own': always([]),
  'approve-own-in-emergency': { low: ['own'], medium: [], high: [] },
  'approve-second': { low: [], medium: [], high: CONCERNED },
  deny: always(CONCERNED),
  'deny-own': always(CONCERNED),
  cancel: always(CONCERNED),
};

/** Whether somebody of this standing may do this about a remedy of this risk: the whole rule, but for who must be among the three. */
export const may = (standing: Standing, deed: Deed, risk: Risk): boolean =>
  RULES[deed][risk].includes(standing);

/** People who must approve, beside the one who asked. */
export const approvalsNeeded = (risk: Risk): number => (risk === 'high' ? 2 : 1);

/** As the fleet is now, whoever they were before. */
export function standingOf(fleet: Fleet, id: OperatorId, seat: SeatId): Standing {
  const operator = fleet.operator(id);
  if (!operator) return 'stranger';
  if (hasRole(operator.role, 'coordinator')) return 'coordinator';
  if (!hasRole(operator.role, 'notary')) return 'observer';
  return holds(fleet, operator, seat) ? 'own' : 'other';
}

interface Attempt {
  readonly deed: Deed;
  readonly risk: Risk;
  readonly seat: SeatId;
}

/** Throws UserError where the rule refuses. */
export function requireMay(fleet: Fleet, by: Pick<Operator, 'id'>, { deed, risk, seat }: Attempt): void {
  const standing = standingOf(fleet, by.id, seat);
  if (!may(standing, deed, risk)) throw new UserError(refusals[standing](seat));
}

/** To who would approve what they asked for. */
export const NOT_YOUR_OWN = 'You asked for this yourself: somebody else has to approve it.';

const refusals: Readonly<Record<Standing, (seat: SeatId) => string>> = {
  stranger: () => 'You are not in the fleet file any more: a coordinator can put you there.',
  observer: () => 'This needs the role notary; you are observer.',
  other: (seat) => `Seat ${seat} is not yours: only its own operators and coordinators may do this.`,
  own: () => NOT_YOUR_OWN,
  coordinator: () => NOT_YOUR_OWN,
};

/** Who asked for something and who approved it. */
export interface Approved {
  readonly risk: Risk;
  readonly requestedBy: OperatorId;
  readonly approvedBy: readonly OperatorId[];
  /** Approved by the one who asked, under the emergency rule. */
  readonly emergency?: boolean | undefined;
}

/**
 * Why these people, as the fleet is now, are not enough to carry it out; undefined when they are. Of high risk three
 * different people are needed, and one of them must hold the seat: the funds are theirs.
 */
export function lacking(fleet: Fleet, seat: SeatId, approved: Approved): string | undefined {
  const { risk, requestedBy, approvedBy, emergency = false } = approved;
  const others = new Set(approvedBy).size;
  if (others < approvalsNeeded(risk)) return 'it does not have the approvals it needs';
  if (requestedBy !== TOCSIN.id && !may(standingOf(fleet, requestedBy, seat), 'request', risk)) {
    return `${requestedBy}, who asked for it, may not do so any more`;
  }
  if (approvedBy.includes(requestedBy) && !(emergency && mayAlone(fleet, seat, { risk, requestedBy }))) {
    return 'it was approved by the one who asked for it';
  }
  const gone = approvedBy.find((id) => !may(standingOf(fleet, id, seat), 'approve', risk));
  if (gone) return `${gone}, who approved it, may not do so any more`;
  return needsHolder(fleet, seat, approved) ? `nobody of seat ${seat} is among those who want it` : undefined;
}

/** Whether, of high risk, nobody who holds the seat is among those who asked and approved. */
export function needsHolder(
  fleet: Fleet,
  seat: SeatId,
  { risk, requestedBy, approvedBy }: Approved,
): boolean {
  if (risk !== 'high') return false;
  const holders: readonly string[] = fleet.operatorsOf(seat).map(({ id }) => id);
  return ![requestedBy, ...approvedBy].some((id) => holders.includes(id));
}

/** Whether the emergency rule, once its wait is over, lets them approve what they asked for. */
function mayAlone(fleet: Fleet, seat: SeatId, { risk, requestedBy }: Pick<Approved, 'risk' | 'requestedBy'>) {
  if (fleet.remedies.emergencyAfterMs === undefined) return false;
  if (!may(standingOf(fleet, requestedBy, seat), 'approve-own-in-emergency', risk)) return false;
  return fleet.operatorsOf(seat).every(({ id, role }) => id === requestedBy || !hasRole(role, 'notary'));
}

/** From when on the emergency rule lets the one who asked approve; undefined where it does not. */
export function aloneFrom(
  fleet: Fleet,
  seat: SeatId,
  { requestedAt, ...asked }: Pick<Approved, 'risk' | 'requestedBy'> & { readonly requestedAt: string },
): Date | undefined {
  const { emergencyAfterMs = 0 } = fleet.remedies;
  return mayAlone(fleet, seat, asked) ? new Date(Date.parse(requestedAt) + emergencyAfterMs) : undefined;
}
