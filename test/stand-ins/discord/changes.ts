/** What a look gives once it gives something. */
export type Truthy<T> = Exclude<T, false | 0 | '' | null | undefined>;

/** The pulse of the stand-in: told after every change of state, so that waiting never needs polling. */
export interface Changes {
  tell(): void;
  /** Resolves with the first truthy look; rejects after `timeoutMs` with `what` in the message. */
  until<T>(look: () => T, timeoutMs: number, what: string): Promise<Truthy<T>>;
}

export function createChanges(): Changes {
  const waiters = new Set<() => void>();
  return {
    tell() {
      for (const waiter of waiters) waiter();
    },
    until<T>(look: () => T, timeoutMs: number, what: string) {
      const { promise, resolve, reject } = Promise.withResolvers<Truthy<T>>();
      const asked = new Error(`The Discord stand-in waited ${timeoutMs} ms in vain for ${what}`);
      const timer = setTimeout(() => settle(() => reject(asked)), timeoutMs);
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        waiters.delete(waiter);
        end();
      };
      const waiter = (): void => {
        try {
          const seen = look();
          if (isSomething(seen)) settle(() => resolve(seen));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      waiters.add(waiter);
      waiter();
      return promise;
    },
  };
}

function isSomething<T>(seen: T): seen is Truthy<T> & T {
  return Boolean(seen);
}
