/** A process that dies at a chosen moment: from then on nothing that it does reaches the world. */
export interface Mortal {
  readonly ticks: number;
  readonly dead: boolean;
  /** Around a deed: it may die before it, or after it and before it learns of it. */
  live<T>(deed: () => Promise<T>): Promise<T>;
}

export function mortal(diesAt: number): Mortal {
  let ticks = 0;
  let dead = false;
  const tick = (): void => {
    dead ||= ++ticks === diesAt;
    if (dead) throw new Error('killed');
  };
  return {
    get ticks() {
      return ticks;
    },
    get dead() {
      return dead;
    },
    async live(deed) {
      tick();
      const result = await deed();
      tick();
      return result;
    },
  };
}

/** The same things, used by that process. */
export const usedBy = <T extends object>(mortal: Mortal, things: T): T =>
  new Proxy(things, {
    get(target, name): unknown {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...asked: unknown[]) =>
        mortal.live(async () => (await Reflect.apply(value, target, asked)) as unknown);
    },
  });
