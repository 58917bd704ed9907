import { OutsideError, type Reason } from '#src/domain/errors.ts';
import type { Message } from '#src/domain/message.ts';
import type { Address, ChatPlatform, Condition, Posted, Report } from '#src/domain/platform.ts';

interface Standing {
  readonly posted: Posted;
  readonly to: Address;
  readonly key: string;
  message: Message;
  edits: number;
}

export interface FakePlatform extends ChatPlatform {
  readonly standing: readonly Standing[];
  readonly calls: readonly string[];
  setCondition(condition: Condition): void;
  /** What its status page says from now on. */
  report(report: Report | undefined): void;
  /** The next calls fail, one reason each; `after` = the deed is done, the answer is lost. */
  fail(...faults: readonly { reason: Reason; after?: boolean; retryAfterMs?: number }[]): void;
  /** The platform forgets its keys, as real ones do after a while. */
  forgetKeys(): void;
}

/**
 * A medium in memory that keeps the promises of the port: one message per key, as long as it remembers. With
 * `repeat: false` it knows neither keys nor what it has sent.
 */
export function fakePlatform(id: string, { repeat = true } = {}): FakePlatform {
  const standing: Standing[] = [];
  const calls: string[] = [];
  const keys = new Map<string, Standing>();
  let condition: Condition = { up: true };
  let reported: Report | undefined;
  let faults: { reason: Reason; after?: boolean; retryAfterMs?: number }[] = [];

  const attempt = <T>(call: string, deed: () => T): Promise<T> => {
    calls.push(call);
    const fault = faults.shift();
    const fails = () =>
      new OutsideError(id, fault!.reason, `fault: ${fault!.reason}`, {
        retryAfterMs: fault!.retryAfterMs,
        maybeDone: !repeat && fault!.after && call === 'post',
      });
    if (fault && !fault.after) return Promise.reject(fails());
    const done = deed();
    return fault ? Promise.reject(fails()) : Promise.resolve(done);
  };

  return {
    id,
    standing,
    calls,
    can: { edit: true, react: true, choices: true, hear: true, ...(!repeat && { repeat }) },
    start: () => Promise.resolve(),
    settled: () => Promise.resolve(condition),
    condition: () => condition,
    setCondition: (next) => (condition = next),
    reported: () => reported,
    report: (next) => (reported = next),
    fail: (...next) => (faults = [...faults, ...next]),
    forgetKeys: () => keys.clear(),
    post: (to, message, key) =>
      attempt('post', () => {
        const known = repeat ? keys.get(key) : undefined;
        if (known) return known.posted;
        const posted = {
          platform: id,
          channel: to.kind === 'room' ? to.id : to.handle,
          id: `m${standing.length + 1}`,
        };
        const entry: Standing = { posted, to, key, message, edits: 0 };
        standing.push(entry);
        keys.set(key, entry);
        return posted;
      }),
    edit: (posted, message) =>
      attempt('edit', () => {
        const entry = standing.find((candidate) => candidate.posted.id === posted.id);
        if (!entry) throw new OutsideError(id, 'not-found', 'no such message');
        entry.message = message;
        entry.edits++;
      }),
    ...(repeat && {
      find: (_to: Address, key: string) =>
        attempt('find', () => standing.find((entry) => entry.key === key)?.posted),
    }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
