import type { Listing } from '#src/http/listing.ts';

import { alerts } from './alerts.ts';
import { audit, auditLines } from './audit.ts';
import { deliveries } from './deliveries.ts';
import { nodes } from './nodes.ts';
import { notice, noticeAsCsv, notices } from './notices.ts';
import { remedies, remedyLog } from './remedies.ts';

/** Everything that /api shows. */
export const LISTINGS: readonly Listing[] = [
  alerts,
  audit,
  auditLines,
  deliveries,
  nodes,
  notice,
  noticeAsCsv,
  notices,
  remedies,
  remedyLog,
];
