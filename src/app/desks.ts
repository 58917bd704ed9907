import { randomUUID } from 'node:crypto';

import { createAlerting } from '#src/alerting/alerting.ts';
import { createDigest } from '#src/alerting/digest.ts';
import { createHeartbeats, type Heart, MOST_HEARTS } from '#src/alerting/heartbeats.ts';
import { createIntake } from '#src/alerting/intake.ts';
import { composeDrill, createDrills } from '#src/delivery/drill.ts';
import { jobOf } from '#src/delivery/job.ts';
import { nameOf } from '#src/delivery/media.ts';
import { createNotes } from '#src/delivery/notes.ts';
import { createPost } from '#src/delivery/post.ts';
import type { CauseKind, Compose, Delivery } from '#src/domain/delivery.ts';
import { type Message, text } from '#src/domain/message.ts';
import type { Target } from '#src/domain/node.ts';
import type { ServiceName } from '#src/domain/patrol.ts';
import type { Request } from '#src/domain/remedy.ts';
import { createExaminer } from '#src/health/examine.ts';
import { createLookAt } from '#src/health/look-at.ts';
import type { Fellow } from '#src/health/look.ts';
import { createPatrol } from '#src/health/patrol.ts';
import { createRecord } from '#src/health/record.ts';
import { kinds } from '#src/nodes/kinds.ts';
import { createOncalls } from '#src/oncall/oncalls.ts';
import { deliveryQueue } from '#src/queue/queues.ts';
import { card } from '#src/remediation/card.ts';
import { createCarryOut } from '#src/remediation/carry-out.ts';
import type { Proposal } from '#src/remediation/cool-down.ts';
import { createExecutors } from '#src/remediation/executors/index.ts';
import { createGuard, guarded, type Turn } from '#src/remediation/guard.ts';
import { type Offer, offerOf } from '#src/remediation/offer.ts';
import { createProposals } from '#src/remediation/propose.ts';
import { recipientsOf } from '#src/remediation/recipients.ts';
import { createRemediation } from '#src/remediation/remediation.ts';
import { withoutSecrets, withoutSecretValues } from '#src/redaction.ts';
import { COLLECT_MS } from '#src/store/bundles.ts';
import { documents } from '#src/store/documents.ts';

import type { Base } from './base.ts';
import { openFlagDays } from './flagdays.ts';
import type { FleetSource } from './fleet.ts';
import { openLinking } from './linking.ts';
import type { Media } from './media.ts';
import { openNotices } from './notices.ts';
import { openSources } from './sources.ts';

/** Proposals that are remembered: a remedy of a service each. */
const MOST_PROPOSALS = 10_000;

export type Desks = ReturnType<typeof openDesks>;

/** The desks that commands, ingress and workers share: each does its noun's work, and says it through the post. */
export function openDesks(stack: AsyncDisposableStack, base: Base, source: FleetSource, media: Media) {
  const { config, logger, now, producer, redis, stores } = base;
  const { fleets, trial } = source;
  const { silences, audit } = stores;

  const enqueue = async (deliveries: readonly Delivery[]): Promise<void> => {
    for (const [platform, group] of Map.groupBy(deliveries, (delivery) => delivery.platform)) {
      if (!media.all.has(platform)) continue;
      const jobs = group.map((delivery) => jobOf(delivery, COLLECT_MS));
      await producer.add(deliveryQueue(platform), jobs);
    }
  };
  const post = createPost({
    media: media.all,
    ledger: stores.ledger,
    bundles: stores.bundles,
    fleets,
    enqueue,
    now,
  });
  const notes = createNotes({ notes: stores.notes, post, fleets });
  const { linking, composeLink, people } = openLinking(base, source, { media, post, note: notes.tell });

  const intake = createIntake({
    add: (jobs) => producer.add('alerts', jobs),
    now,
    publicUrl: config.http.publicUrl,
  });
  const oncalls = createOncalls({ fleets, overrides: stores.overrides, audit });
  const alerting = createAlerting({
    alerts: stores.alerts,
    silences,
    bundles: stores.bundles,
    fleets,
    post,
    oncalls,
    escalations: stores.escalations,
    now,
    logger,
  });
  const hearts = documents<Heart>(redis.connect('steady'), 'hearts', { keep: MOST_HEARTS });
  const heartbeats = createHeartbeats({ hearts, intake, now });

  const platforms = [...media.all.keys()];
  const { broadcast, mandates, watcher, ...notices } = openNotices(base, { fleets, media, post, oncalls });

  const { publications, poller, statistics } = openSources(base, source, {
    notices: broadcast,
    tell: notes.tell,
  });

  const drills = createDrills({ platforms, ledger: stores.ledger, enqueue, fleets, audit, now });

  const { dataDir } = config;
  const executors = trial ? () => trial.executor : stack.use(createExecutors({ dataDir, logger }));
  const flagDay = openFlagDays(base, { fleets, executors, broadcast, tell: notes.tell });
  const remedies = [...kinds.flatMap((kind) => kind.remedies).map(guarded), flagDay.remedy];
  const chats = [...media.all].filter(([, { platform }]) => platform.can.hear).map(([id]) => id);
  const changed = (request: Request): Promise<void> =>
    post.send(`request:${request.id}`, recipientsOf(fleets.current(), request, chats), 'critical');
  // A killed process's job comes back only when its lock ends: the next process adds one of its own.
  const life = randomUUID();
  const run = (id: string): Promise<void> =>
    producer.add('remediations', [{ data: { request: id }, unless: `${id} ${life}` }]);
  const { secrets } = config;
  const logins = (): readonly string[] =>
    fleets
      .current()
      .targets()
      .flatMap(({ service: { rpc } }) => (rpc && 'password' in rpc && rpc.password ? [rpc.password] : []));
  const hide = (words: string): string => withoutSecrets(words, [...secrets, ...logins()]);
  const hideLikely = (words: string): string => withoutSecretValues(hide(words));
  const tell = (request: Request, words: string): Promise<void> => {
    const title = `${request.remedy} of ${request.service} on ${request.node}`;
    const message: Message = {
      tone: 'warning',
      title,
      blocks: [text(words)],
      footer: `request ${request.id}`,
    };
    return notes.tell(['request', request.id, words], message, request.room);
  };
  const fellow = (of: ServiceName): Fellow | undefined => {
    const target = fleets.current().target(of.node, of.service);
    return target && { target, executor: executors(target.node) };
  };
  const knowledge = { voices: stores.voices, mandates, fellow };
  const shared = {
    requests: stores.requests,
    remedies,
    fleets,
    executors,
    knowledge,
    audit,
    changed,
    now,
    logger,
    leases: stores.leases,
    guard: createGuard({
      fleets,
      latest: stores.patrolMemory.latest,
      requests: stores.requests,
      turns: documents<readonly Turn[]>(redis.connect('steady'), 'guard', { keep: 1 }),
      audit,
      now,
    }),
  };
  const logs = stores.runLogs;
  const remediation = createRemediation({ ...shared, logs, run, tell });
  const flagDays = flagDay.desk(remediation);
  const carryOut = createCarryOut({ ...shared, logs, hide, hideLikely });
  const proposals = createProposals({
    alerting,
    latest: stores.patrolMemory.latest,
    remediation,
    requests: stores.requests,
    proposals: documents<Proposal>(redis.connect('steady'), 'proposals', { keep: MOST_PROPOSALS }),
    fleets,
    now,
    logger,
  });
  const offer = (found: Target, id: string): Offer =>
    offerOf(
      remedies.find((remedy) => remedy.id === id),
      found,
      { fleet: fleets.current(), executors },
    );

  const around = { voices: stores.voices, mandates, fellow };
  const lookAt = createLookAt({ kinds, executors, around, offer, logger, now });
  const memory = stores.patrolMemory;
  const examiner = createExaminer({ lookAt, memory });
  const { turns, voices } = stores;
  const record = createRecord({ histories: stores.histories, fleets, logger });
  const watchers = [watcher, record];
  const patrol = createPatrol({
    lookAt,
    kinds,
    memory,
    intake,
    watchers,
    voices,
    turns,
    fleets,
    logger,
    now,
  });

  const composers: Readonly<Record<CauseKind, Compose>> = {
    alert: alerting.compose,
    bundle: alerting.compose,
    ...notices.composers,
    note: notes.compose,
    link: composeLink,
    digest: createDigest({ outages: stores.outages, alerts: stores.alerts, bundles: stores.bundles, nameOf }),
    drill: composeDrill,
    request: async (cause) => {
      const request = await stores.requests.get(cause.slice('request:'.length));
      return request && { message: card(request), revision: request.revision };
    },
  };
  const compose: Compose = (cause, to) =>
    composers[cause.slice(0, cause.indexOf(':')) as CauseKind](cause, to);

  return {
    alerting,
    audit,
    broadcast,
    carryOut,
    compose,
    drills,
    enqueue,
    examiner,
    flagDays,
    heartbeats,
    intake,
    linking,
    notes,
    oncalls,
    patrol,
    people,
    poller,
    post,
    publications,
    record,
    proposals,
    remediation,
    silences,
    statistics,
  };
}
