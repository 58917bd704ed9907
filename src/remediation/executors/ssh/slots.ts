/** A number of places; who finds none waits for one. */
export interface Slots {
  /** Resolves to what gives the place back, once. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<() => void>;
  readonly taken: number;
}

export function createSlots(most: number): Slots {
  let taken = 0;
  const waiting = new Set<() => void>();

  function givingBack(): () => void {
    taken++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      taken--;
      const [next] = waiting;
      next?.();
    };
  }

  return {
    get taken() {
      return taken;
    },
    async take(signal) {
      signal.throwIfAborted();
      if (taken < most) return givingBack();
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      const go = (): void => {
        leave();
        resolve(givingBack());
      };
      const giveUp = (): void => {
        leave();
        reject(signal.reason as Error);
      };
      const leave = (): void => {
        waiting.delete(go);
        signal.removeEventListener('abort', giveUp);
      };
      waiting.add(go);
      signal.addEventListener('abort', giveUp, { once: true });
      return await promise;
    },
  };
}
