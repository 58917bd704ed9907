/** Waits on a list that grows: `words` says of one what a test that waited in vain wants to know. */
export function createArrivals<T>(list: readonly T[], words: (one: T) => string) {
  const waiting = new Set<() => void>();
  return {
    /** Something came, or changed. */
    look(): void {
      for (const look of waiting) look();
    },
    /** The first that fits, of those there and those to come. */
    until(fits: (one: T) => boolean, withinMs = 10_000): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const look = (): void => {
        const found = list.find(fits);
        if (found !== undefined) resolve(found);
      };
      const late = setTimeout(
        () => reject(new Error(`nothing that fits came; there are ${JSON.stringify(list.map(words))}`)),
        withinMs,
      );
      waiting.add(look);
      look();
      return promise.finally(() => {
        clearTimeout(late);
        waiting.delete(look);
      });
    },
  };
}
