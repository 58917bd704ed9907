import type { Cause, Post } from '#src/domain/delivery.ts';
import { placeName } from '#src/domain/room.ts';

export interface RecordedPost extends Post {
  /** `send alert:1 → room:ops`, in order. */
  readonly asked: readonly string[];
  clear(): void;
}

/** Takes down what would be sent. */
export function recordedPost(): RecordedPost {
  const asked: string[] = [];
  const record = (deed: string, cause: Cause, to: string): Promise<void> => {
    asked.push(`${deed} ${cause} → ${to}`);
    return Promise.resolve();
  };
  const send: Post['send'] = (cause, to) => record('send', cause, to.map(placeName).toSorted().join(' '));
  const refresh: Post['refresh'] = (cause, only) =>
    record('refresh', cause, only ? only.map(placeName).toSorted().join(' ') : 'all');
  return {
    asked,
    clear: () => void asked.splice(0),
    send,
    refresh,
    async sendAll(sendings) {
      for (const { cause, to, urgency } of sendings) await this.send(cause, to, urgency);
    },
    async refreshAll(causes) {
      for (const cause of causes) await this.refresh(cause);
    },
  };
}
