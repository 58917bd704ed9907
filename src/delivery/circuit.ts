import type { OutsideError } from '#src/domain/errors.ts';
import type { ChatPlatform, Condition } from '#src/domain/platform.ts';

/** Whether a platform takes messages now, from what it says of itself and from how sending went. */
export interface Circuit {
  condition(): Condition;
  worked(): void;
  failed(error: OutsideError): void;
}

/** Failures in a row that open it: one slow answer does not. */
const OPENS_AFTER = 3;
/** While open because of failures, one try is let through this often. */
const PROBE_EVERY_MS = 5_000;

export function createCircuit(platform: ChatPlatform, now: () => number): Circuit {
  let failures = 0;
  let openedAt = 0;
  let probedAt = 0;
  let why = '';
  return {
    condition() {
      const own = platform.condition();
      // It tells of its end itself, and so of its return: what failed before says nothing about then.
      if (!own.up) failures = 0;
      if (failures < OPENS_AFTER) return own;
      if (now() - probedAt >= PROBE_EVERY_MS) {
        probedAt = now();
        return own;
      }
      return { up: false, why, since: new Date(openedAt) };
    },
    worked() {
      failures = 0;
    },
    failed(error) {
      if (error.reason !== 'unavailable' && error.reason !== 'timeout') return;
      failures++;
      why = error.message;
      if (failures === OPENS_AFTER) openedAt = probedAt = now();
    },
  };
}
