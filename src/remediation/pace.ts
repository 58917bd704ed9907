/** Passes on the latest of many values, at most one per interval; the last one is never dropped. */
export interface Pace<T> {
  offer(value: T): void;
  /** Waits for what is on its way; what was offered and not yet passed on is forgotten. */
  stop(): Promise<void>;
}

export function createPace<T>(everyMs: number, pass: (value: T) => Promise<void>): Pace<T> {
  let waiting: { readonly value: T } | undefined;
  let busy: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let passedAt = -Infinity;

  function next(): void {
    if (!waiting || busy || timer) return;
    const rest = passedAt + everyMs - performance.now();
    if (rest > 0) {
      timer = setTimeout(() => {
        timer = undefined;
        next();
      }, rest);
      return;
    }
    const { value } = waiting;
    waiting = undefined;
    passedAt = performance.now();
    busy = pass(value).finally(() => {
      busy = undefined;
      next();
    });
  }

  return {
    offer(value) {
      waiting = { value };
      next();
    },
    async stop() {
      waiting = undefined;
      clearTimeout(timer);
      timer = undefined;
      await busy;
    },
  };
}
