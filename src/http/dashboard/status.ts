import type { Alert, Alerting } from '#src/domain/alert.ts';
import type { Audit, AuditEntry } from '#src/domain/audit.ts';
import type { Deliveries, Delivery } from '#src/domain/delivery.ts';
import type { Examiner, FindingState, ServiceHealth } from '#src/domain/finding.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import { type Glance, glanceOf, isStale } from '#src/domain/glance.ts';
import type { Target } from '#src/domain/node.ts';
import type { Broadcast } from '#src/domain/notice.ts';
import type { RollSummary } from '#src/domain/roll.ts';
import { hasRole, type Operator } from '#src/domain/operator.ts';
import type { Remediation, Request } from '#src/domain/remedy.ts';
import type { Standing } from '#src/domain/standing.ts';

/** What the status page is read from. */
export interface StatusSources {
  readonly fleets: Fleets;
  readonly alerting: Pick<Alerting, 'list'>;
  readonly broadcast: Pick<Broadcast, 'list' | 'summary' | 'rollCall'>;
  readonly examiner: Pick<Examiner, 'latest'>;
  readonly remediation: Pick<Remediation, 'list'>;
  readonly deliveries: Deliveries;
  readonly audit: Pick<Audit, 'list'>;
  standings(): readonly Standing[];
}

/** A service as it was seen last, and how it stands now: what was seen too long ago says nothing of that. */
export interface Seen {
  readonly target: Target;
  readonly last: ServiceHealth | undefined;
  readonly state: FindingState;
}

/** How things stand, as one person may see them. */
export interface Status {
  readonly network: string;
  readonly operator: Operator;
  readonly platforms: readonly Standing[];
  readonly alerts: readonly Alert[];
  readonly rolls: readonly RollSummary[];
  readonly glance: Glance;
  readonly health: readonly Seen[];
  readonly requests: readonly Request[];
  readonly deliveries: readonly Delivery[];
  /** Undefined for whom the command `audit` would refuse, too. */
  readonly audit: readonly AuditEntry[] | undefined;
}

const ROWS = 50;
const NOTICES = 10;

export async function readStatus(sources: StatusSources, operator: Operator, now: Date): Promise<Status> {
  const { fleets, alerting, broadcast, examiner, remediation, deliveries, audit } = sources;
  const fleet = fleets.current();
  const targets = fleet.targets();
  const [alerts, notices, latest, requests, delivered, entries] = await Promise.all([
    alerting.list({ limit: ROWS }),
    broadcast.list(NOTICES),
    examiner.latest(targets),
    remediation.list(ROWS),
    deliveries.list({ limit: ROWS }),
    hasRole(operator.role, 'notary') ? audit.list(ROWS) : undefined,
  ]);
  const rolls = await Promise.all(notices.map(({ id }) => broadcast.summary(id)));
  return {
    network: fleet.network,
    operator,
    platforms: sources.standings(),
    alerts,
    rolls: rolls.filter((roll) => roll !== undefined),
    glance: glanceOf(fleet, now, { seats: fleet.seats, targets, latest }),
    health: targets.map((target, index) => {
      const last = latest[index];
      const isNow = last && !isStale(target, last, { everyMs: fleet.patrol.everyMs, now });
      return { target, last, state: isNow ? last.state : 'unknown' };
    }),
    requests,
    deliveries: delivered,
    audit: entries,
  };
}
