import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';

import type { AlertIntake, Alerting } from '#src/domain/alert.ts';
import type { Audit } from '#src/domain/audit.ts';
import type { Deliveries } from '#src/domain/delivery.ts';
import type { Examiner } from '#src/domain/finding.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Heartbeats } from '#src/domain/heartbeat.ts';
import type { Broadcast, NoticeIntake } from '#src/domain/notice.ts';
import type { Publications } from '#src/domain/publication.ts';
import type { Remediation } from '#src/domain/remedy.ts';
import type { Standing } from '#src/domain/standing.ts';

/** What has to be there for Tocsin to do its work. */
export interface Readiness {
  readonly redis: boolean;
  readonly fleet: boolean;
  readonly ingress: boolean;
  /** Whether this process hears people; absent where it never does. */
  readonly gateway?: 'leader' | 'standby';
  /** How each platform stands: none of them keeps Tocsin from its work. */
  readonly platforms?: readonly Standing[];
}

/** What the ingress hands over to. */
export interface IngressParts {
  readonly token: string;
  /** Undefined: nothing can be signed, so nothing from GitHub is taken. */
  readonly githubSecret: string | undefined;
  readonly alerts: AlertIntake;
  readonly notices: NoticeIntake;
  readonly publications: Publications;
  readonly heartbeats: Heartbeats;
  /** Set while there is more to do than can be done: how long producers should wait. */
  pressure(): { readonly retryAfterMs: number } | undefined;
}

/** What /api reads. */
export interface ApiParts {
  readonly token: string;
  /** Whether a page's own session speaks; nobody is signed in where it is not given. */
  readonly signedIn?: ((request: FastifyRequest) => Promise<boolean>) | undefined;
  readonly alerting: Alerting;
  readonly broadcast: Broadcast;
  readonly deliveries: Deliveries;
  readonly fleets: Fleets;
  readonly examiner: Examiner;
  readonly remediation: Remediation;
  readonly audit: Pick<Audit, 'list' | 'lines'>;
}

export interface HttpParts {
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Metrics of what is watched, in Prometheus' text format. */
  readonly healthMetrics?: (() => Promise<string>) | undefined;
  readonly ingress: IngressParts;
  readonly api: ApiParts;
  ready(): Promise<Readiness>;
  /** Pages for people, each in a scope of its own. */
  readonly pages?: readonly FastifyPluginAsync[] | undefined;
}
