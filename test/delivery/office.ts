import { pino } from 'pino';

import { createAlerting } from '#src/alerting/alerting.ts';
import { createDigest } from '#src/alerting/digest.ts';
import { createCarry } from '#src/delivery/carry.ts';
import { createCircuit } from '#src/delivery/circuit.ts';
import { composeDrill, createDrills } from '#src/delivery/drill.ts';
import { nameOf } from '#src/delivery/media.ts';
import { createPost } from '#src/delivery/post.ts';
import { createRecovery } from '#src/delivery/recovery.ts';
import { type Alert, Signal } from '#src/domain/alert.ts';
import type { Compose, Delivery } from '#src/domain/delivery.ts';
import type { ChatPlatform } from '#src/domain/platform.ts';
import { createBundles } from '#src/store/bundles.ts';
import { documents } from '#src/store/documents.ts';
import { createAgenda } from '#src/store/agenda.ts';
import { createLedger } from '#src/store/ledger.ts';
import { createOutages } from '#src/store/outages.ts';
import { createSilences } from '#src/store/silences.ts';
import { fixedFleets } from '#test/stand-ins/fleet.ts';
import { nobodyOnCall } from '#test/stand-ins/oncall.ts';
import type { TestRedis } from '#test/real/keyspace.ts';

/** Alerts and their delivery over given platforms, as one process runs them; the queue is worked off by hand. */
export function openOffice(redis: TestRedis, platforms: readonly ChatPlatform[], clock: { at: number }) {
  const { connection } = redis;
  const now = () => new Date(clock.at);
  const queue: Delivery[] = [];
  const enqueue = (list: readonly Delivery[]): Promise<void> => Promise.resolve(void queue.push(...list));
  const media = new Map(
    platforms.map((platform) => [
      platform.id,
      { platform, circuit: createCircuit(platform, () => clock.at) },
    ]),
  );
  const alerts = documents<Alert>(connection, 'alerts', { keep: 1_000 });
  const ledger = createLedger(connection);
  const bundles = createBundles(connection);
  const outages = createOutages(connection, now);
  const fleets = fixedFleets();
  const logger = pino({ level: 'silent' });
  const shared = { media, ledger, bundles, fleets, enqueue, now, logger };
  const post = createPost(shared);
  const alerting = createAlerting({
    ...shared,
    alerts,
    silences: createSilences(connection, now),
    post,
    oncalls: nobodyOnCall,
    escalations: createAgenda(connection, 'escalations'),
  });
  const digest = createDigest({ outages, alerts, bundles, nameOf });
  const compose: Compose = (cause, to) => {
    if (cause.startsWith('digest:')) return digest(cause, to);
    return cause.startsWith('drill:') ? composeDrill(cause, to) : alerting.compose(cause, to);
  };
  const carry = createCarry({
    ...shared,
    missed: outages,
    compose,
    arrived: () => Promise.resolve(),
  });
  const recovery = createRecovery({ ...shared, outages, post });
  const audited: string[] = [];
  const audit = {
    write: ({ what }: { readonly what: string }) => Promise.resolve(void audited.push(what)),
  };
  const drills = createDrills({ ...shared, platforms: [...media.keys()], audit, withinMs: 2_000 });
  return {
    alerting,
    audited,
    carry,
    drills,
    ledger,
    post,
    queue,
    recovery,
    fire: (alertname: string, severity = 'warning', status = 'firing') =>
      alerting.take(Signal.parse({ labels: { alertname, severity }, status })),
    /** Works the queue off, in its order; resolves with what is due later. */
    async work(): Promise<readonly { readonly id: string; readonly againMs: number }[]> {
      const later: { id: string; againMs: number }[] = [];
      for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
        const again = await carry(one.id);
        if (again) later.push({ id: one.id, ...again });
      }
      return later;
    },
    /** The state of each delivery, as `cause-kind platform state`. */
    async states(): Promise<readonly string[]> {
      const rows = await ledger.list({ limit: 1_000 });
      return rows
        .map(({ cause, platform, state }) => `${cause.split(':')[0]} ${platform} ${state}`)
        .toSorted();
    },
  };
}
