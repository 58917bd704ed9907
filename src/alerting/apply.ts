import type { Alert, AlertId, Episode, Signal } from '#src/domain/alert.ts';
import { keyOf } from '#src/domain/key.ts';

/** The id of the alert a signal speaks of: its labels, whatever their order. */
export function alertIdOf(signal: Pick<Signal, 'labels'>): AlertId {
  const labels = Object.entries(signal.labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `a${keyOf('alert', ...labels.flat()).slice(0, 9)}` as AlertId;
}

/** Alertmanager writes year 1 where it means "not yet". */
const timeOf = (iso: string | undefined): number | undefined => {
  const at = iso === undefined ? Number.NaN : Date.parse(iso);
  return Number.isNaN(at) || at <= 0 ? undefined : at;
};

const sameRecord = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([name, value]) => b[name] === value);

/**
 * The alert after a signal; the same object when the signal says nothing new. Signals may come twice,
 * late and out of order: what counts is when the alert began and ended, not when we heard of it.
 */
export function applySignal(alert: Alert | undefined, signal: Signal, receivedAt: Date): Alert {
  return signal.status === 'firing'
    ? applyFiring(alert, signal, receivedAt)
    : applyResolved(alert, signal, receivedAt);
}

function applyFiring(alert: Alert | undefined, signal: Signal, receivedAt: Date): Alert {
  const startsAt = new Date(timeOf(signal.startsAt) ?? receivedAt.getTime()).toISOString();
  if (alert?.status === 'firing') {
    const lastEnd = alert.past?.at(-1)?.endsAt;
    // Of an episode that is over: its words are not those of the one that fires now.
    if (lastEnd !== undefined && startsAt <= lastEnd) return alert;
    if (sameRecord(alert.annotations, signal.annotations)) return alert;
    return { ...alert, annotations: signal.annotations, ...changed(alert, receivedAt) };
  }
  const isOld = alert?.endsAt !== undefined && startsAt <= alert.endsAt;
  if (alert && isOld) {
    // Its end was heard before its beginning: it is still told, as something that is over.
    return alert.episode > 0
      ? alert
      : {
          ...alert,
          episode: 1,
          annotations: signal.annotations,
          toldAt: receivedAt.toISOString(),
          ...changed(alert, receivedAt),
        };
  }
  const { endedAhead } = alert ?? {};
  const isOver = endedAhead !== undefined && startsAt <= endedAhead;
  return {
    id: alertIdOf(signal),
    episode: (alert?.episode ?? 0) + 1,
    ...(isOver ? { status: 'resolved', endsAt: endedAhead } : { status: 'firing' }),
    labels: signal.labels,
    annotations: signal.annotations,
    startsAt,
    toldAt: receivedAt.toISOString(),
    ...(signal.generatorURL !== undefined && { generatorURL: signal.generatorURL }),
    announced: alert?.announced ?? 0,
    ...(alert && alert.episode > 0 && { past: [...(alert.past ?? []), episodeOf(alert)].slice(-MOST_PAST) }),
    ...changed(alert, receivedAt),
  };
}

/** Episodes remembered beside the current one. */
const MOST_PAST = 5;

const episodeOf = ({ episode, annotations, startsAt, endsAt, revision, ...alert }: Alert): Episode => ({
  episode,
  annotations,
  startsAt,
  endsAt,
  acknowledgedBy: alert.acknowledgedBy,
  acknowledgedAt: alert.acknowledgedAt,
  toldAt: alert.toldAt,
  escalations: alert.escalations,
  revision,
});

/** The alert as it stood at the end of an earlier episode, or as it is; undefined when that is forgotten. */
export function atEpisode(alert: Alert, episode: number): Alert | undefined {
  if (alert.episode === episode) return alert;
  const past = alert.past?.find((one) => one.episode === episode);
  // What is this episode's own must not be taken from the current one.
  const { endsAt: _, acknowledgedBy: __, acknowledgedAt: ___, escalations: ____, ...common } = alert;
  return past && { ...common, ...past, status: 'resolved' };
}

function applyResolved(alert: Alert | undefined, signal: Signal, receivedAt: Date): Alert {
  const endsAt = new Date(timeOf(signal.endsAt) ?? receivedAt.getTime()).toISOString();
  if (!alert) {
    const startsAt = new Date(timeOf(signal.startsAt) ?? Date.parse(endsAt)).toISOString();
    return {
      id: alertIdOf(signal),
      episode: 0,
      status: 'resolved',
      labels: signal.labels,
      annotations: signal.annotations,
      startsAt,
      endsAt,
      announced: 1,
      revision: 1,
      updatedAt: receivedAt.toISOString(),
    };
  }
  if (alert.status === 'resolved') {
    const known = alert.endedAhead ?? alert.endsAt ?? '';
    const isAhead = endsAt > known && (timeOf(signal.startsAt) ?? Infinity) > (timeOf(alert.endsAt) ?? 0);
    return isAhead ? { ...alert, endedAhead: endsAt } : alert;
  }
  if (endsAt < alert.startsAt) return alert;
  return { ...alert, status: 'resolved', endsAt, ...changed(alert, receivedAt) };
}

const changed = (alert: Alert | undefined, at: Date): Pick<Alert, 'revision' | 'updatedAt'> => ({
  revision: (alert?.revision ?? 0) + 1,
  updatedAt: at.toISOString(),
});
