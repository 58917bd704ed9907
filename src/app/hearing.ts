import { commands } from '#commands/index.ts';
import { createComplete } from '#src/command/complete.ts';
import { createDispatch, type Heeded } from '#src/command/dispatch.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import type { Listener } from '#src/domain/platform.ts';
import { signInAddress } from '#src/http/dashboard/status-routes.ts';

import type { Base } from './base.ts';
import type { Desks } from './desks.ts';
import type { FleetSource } from './fleet.ts';
import type { Media } from './media.ts';

/** Gives each platform its listener: commands are run, what is typed is completed. */
export function openHearing(
  base: Base,
  source: FleetSource,
  desks: Desks,
  { standings }: Pick<Media, 'standings'>,
  once: Heeded,
): (platform: string) => Listener {
  const { config, logger, now, pictures, runbooks, stores } = base;
  const { fleets, fleetFile } = source;
  const {
    alerting,
    audit,
    broadcast,
    drills,
    examiner,
    flagDays,
    linking,
    oncalls,
    remediation,
    silences,
    statistics,
  } = desks;
  const { host, port, publicUrl = `http://${host}:${port}` } = config.http;
  const signInLink = async (operator: OperatorId): Promise<string> =>
    source.trial ? publicUrl : signInAddress(publicUrl, await stores.sessions.invite(operator));
  const context = () => ({
    fleet: fleets.current(),
    fleetFile,
    prefix: config.prefix,
    alerting,
    silences,
    broadcast,
    oncalls,
    remediation,
    linking,
    examiner,
    flagDays,
    histories: stores.histories,
    deliveries: stores.ledger,
    drills,
    standings,
    audit,
    pictures,
    runbooks,
    signInLink,
    statistics,
  });
  const hear = createDispatch({ commands, context, once, audit, logger, now });
  const complete = createComplete({ fleets, alerting, broadcast, linking, remediation, silences, now });
  return (platform) => ({
    menu: commands,
    hear,
    complete: (suggest, typed, handle) => complete(suggest, typed, platform, handle),
    knows: (handle) => fleets.current().speaker(platform, handle) !== undefined,
    expects: () => linking.expects(platform),
  });
}
