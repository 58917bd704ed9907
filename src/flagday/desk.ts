import type { Audit } from '#src/domain/audit.ts';
import { UserError, wordsOf } from '#src/domain/errors.ts';
import type { FlagDay, FlagDayNow, FlagDayRecords, FlagDays, OfCluster } from '#src/domain/flagday.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Target } from '#src/domain/node.ts';
import type { AnnouncedParameters, NotaryClusters } from '#src/domain/notary-cluster.ts';
import type { Actor } from '#src/domain/operator.ts';
import { requireSeat } from '#src/domain/permission.ts';
import { isOver, LATEST, type Remediation, type Request } from '#src/domain/remedy.ts';

import { FLAG_DAY } from './remedy.ts';
import { survey } from './survey.ts';

export interface FlagDayDeskOptions {
  readonly fleets: Fleets;
  readonly clusters: NotaryClusters;
  readonly remediation: Pick<Remediation, 'request' | 'list' | 'get' | 'cancel'>;
  readonly records: FlagDayRecords;
  readonly audit: Pick<Audit, 'write'>;
  /** Parameters that notices tell of, the newest first. */
  readonly announced: () => Promise<readonly AnnouncedParameters[]>;
  readonly now: () => Date;
}

interface Deed {
  readonly by: Actor;
  readonly deed: 'pause' | 'resume';
  readonly done: 'paused' | 'resumed';
  readonly why: string;
}

const PLAN_MS = 15_000;
const LONGEST_WHY = 500;

/** The desk of flag days: what the commands do. */
export function createFlagDays(options: FlagDayDeskOptions): FlagDays {
  const { fleets, clusters, remediation, records, audit, announced, now } = options;

  const withRecord = async (request: Request): Promise<FlagDayNow> => ({
    request,
    paused: isOver(request) ? undefined : (await records.get(request.id))?.paused,
  });

  const requestsOf = async (of?: OfCluster): Promise<readonly Request[]> => {
    const target = of && targetOf(of);
    return (await remediation.list(LATEST)).filter(
      ({ remedy, node, service }) =>
        remedy === FLAG_DAY && (!target || (node === target.node.id && service === target.service.id)),
    );
  };

  async function running(of: OfCluster, by: Actor): Promise<Request> {
    requireSeat(fleets.current(), by, targetOf(of).node.seat);
    const request = (await requestsOf(of)).find((one) => !isOver(one));
    if (request) return request;
    throw new UserError(`There is no flag day of ${of.node} under way. \`flagday status\` shows the latest.`);
  }

  /** By compare and set; the attempt and its outcome are audited, also when it is refused. */
  async function change(
    request: Request,
    { by, deed, done, why }: Deed,
    next: (current: FlagDay) => FlagDay,
  ): Promise<FlagDayNow> {
    const { id: about, node, service } = request;
    const note = (what: string, more: Readonly<Record<string, string>> = {}): Promise<void> =>
      audit.write({ who: by.id, account: by.account, what, about, detail: { node, service, ...more } });
    await note(`flagday.${deed}`, why ? { why } : {});
    try {
      const kept = await records.update(about, (current) => next(current ?? { request: about }));
      await note(`flagday.${done}`);
      return { request, paused: kept?.paused };
    } catch (error) {
      const refused = error instanceof UserError ? 'refused' : 'failed';
      await note(`flagday.${deed}-${refused}`, { why: wordsOf(error) });
      throw error;
    }
  }

  function targetOf({ node, service }: OfCluster): Target {
    const fleet = fleets.current();
    const found = fleet.node(node);
    if (!found) throw new UserError(`There is no node ${node}.`);
    const notaries = fleet.targetsOf(found.id).filter((target) => target.service.kind === 'corda');
    const there = notaries.map((target) => target.service.id).join(', ');
    const fitting = notaries.filter((target) => service === undefined || target.service.id === service);
    const [only, another] = fitting;
    if (!only)
      throw new UserError(
        there
          ? `There is no Corda notary ${service} on ${node}: there is ${there}.`
          : `${node} has no Corda notary.`,
      );
    if (another) throw new UserError(`Say which notary of ${node} is meant: ${there}.`);
    return only;
  }

  return {
    async plan(of) {
      const target = targetOf(of);
      const cluster = clusters(target, AbortSignal.timeout(PLAN_MS));
      if (!cluster) throw new UserError(`${target.service.id} on ${target.node.id} is no Corda notary.`);
      const { networkMap } = cluster.missing;
      if (networkMap !== undefined) throw new UserError(`Nothing is known of its network: ${networkMap}.`);
      const { node, service } = target;
      return survey({ node: node.id, service: service.id, cluster, announced: await announced() });
    },
    async start({ by, cause, ...of }) {
      const { node, service } = targetOf(of);
      const open = (await requestsOf(of)).find((one) => !isOver(one));
      if (open) {
        throw new UserError(
          `There is a flag day of ${service.id} on ${node.id} already: request ${open.id}, ${open.state}.`,
        );
      }
      return remediation.request({
        remedy: FLAG_DAY,
        node: node.id,
        service: service.id,
        args: {},
        by,
        cause,
      });
    },
    list: async (of) => Promise.all((await requestsOf(of)).map(withRecord)),
    async pause(of, by, said) {
      const why = said.slice(0, LONGEST_WHY).toWellFormed();
      const request = await running(of, by);
      return change(request, { by, deed: 'pause', done: 'paused', why }, (current) => {
        if (current.paused)
          throw new UserError(`It is paused already, by ${current.paused.by}: ${current.paused.why}.`);
        return { ...current, paused: { by: by.id, at: now().toISOString(), why } };
      });
    },
    async resume(of, by) {
      const request = await running(of, by);
      return change(request, { by, deed: 'resume', done: 'resumed', why: '' }, ({ paused, ...current }) => {
        if (!paused) throw new UserError('It is not paused.');
        return current;
      });
    },
    async abort(of, by, why) {
      const request = await running(of, by);
      return remediation.cancel(request.id, by, why);
    },
  };
}
