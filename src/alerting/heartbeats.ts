import type { AlertIntake, Signal } from '#src/domain/alert.ts';
import type { Heartbeats } from '#src/domain/heartbeat.ts';

/** A heart that beat once and is expected to go on. */
export interface Heart {
  readonly name: string;
  readonly lastAt: string;
  /** Since when its silence is on record as an alert. */
  readonly missedAt?: string | undefined;
}

interface HeartbeatNeeds {
  readonly hearts: {
    list(limit: number): Promise<readonly Heart[]>;
    update(
      name: string,
      change: (current: Heart | undefined) => Heart | undefined,
    ): Promise<Heart | undefined>;
  };
  readonly intake: AlertIntake;
  readonly now: () => Date;
}

interface HeartWatch extends Heartbeats {
  /** Raises an alert for each heart that fell silent, and takes it back when it beats again. */
  sweep(): Promise<void>;
}

export const HEARTBEAT_MISSING = 'HeartbeatMissing';
/** Silence longer than this is an alert. */
export const SILENT_AFTER_MS = 10 * 60_000;
/** A heart that is silent for longer is no longer expected. */
const FORGOTTEN_AFTER_MS = 7 * 24 * 3_600_000;
export const MOST_HEARTS = 1_000;

export function createHeartbeats({ hearts, intake, now }: HeartbeatNeeds): HeartWatch {
  const signalOf = ({ name, lastAt }: Heart, status: Signal['status'], startsAt: string): Signal => ({
    labels: { alertname: HEARTBEAT_MISSING, heartbeat: name, severity: 'critical' },
    annotations: {
      summary: `No heartbeat of ${name} since ${lastAt}: what sends it may be dead.`,
      runbook: HEARTBEAT_MISSING,
    },
    status,
    startsAt,
    ...(status === 'resolved' && { endsAt: now().toISOString() }),
  });

  const judge = async (heart: Heart): Promise<void> => {
    const silentMs = now().getTime() - Date.parse(heart.lastAt);
    const isMissing = silentMs > SILENT_AFTER_MS && silentMs < FORGOTTEN_AFTER_MS;
    if (isMissing === (heart.missedAt !== undefined)) return;
    // The signal first: given twice it is one alert, forgotten it would be none.
    const missedAt = heart.missedAt ?? now().toISOString();
    await intake.accept([signalOf(heart, isMissing ? 'firing' : 'resolved', missedAt)]);
    await hearts.update(heart.name, (current) => {
      if (!current) return undefined;
      const { missedAt: _, ...rest } = current;
      return isMissing ? { ...rest, missedAt } : rest;
    });
  };

  return {
    async beat(name) {
      await hearts.update(name, (current) => ({ ...current, name, lastAt: now().toISOString() }));
    },
    async sweep() {
      for (const heart of await hearts.list(MOST_HEARTS)) await judge(heart);
    },
  };
}
