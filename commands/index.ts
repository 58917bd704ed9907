import type { Command } from '#src/command/define.ts';

import { ack } from './ack.ts';
import { alerts } from './alerts.ts';
import { approve } from './approve.ts';
import { audit } from './audit.ts';
import { cancel } from './cancel.ts';
import { dashboard } from './dashboard.ts';
import { deny } from './deny.ts';
import { drill } from './drill.ts';
import { flagday } from './flagday.ts';
import { fleet } from './fleet.ts';
import { health } from './health.ts';
import { help } from './help.ts';
import { link } from './link.ts';
import { node } from './node.ts';
import { notice } from './notice.ts';
import { oncall } from './oncall.ts';
import { remedy } from './remedy.ts';
import { silence } from './silence.ts';

/** Every command there is. */
export const commands: readonly Command[] = [
  health,
  fleet,
  node,
  alerts,
  ack,
  silence,
  notice,
  oncall,
  remedy,
  approve,
  deny,
  cancel,
  flagday,
  link,
  audit,
  dashboard,
  drill,
  help,
];
