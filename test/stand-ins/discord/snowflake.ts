const DISCORD_EPOCH = 1_420_070_400_000n;

/** A source of ids that rise with time and are never given twice. */
export interface Snowflakes {
  next(): string;
}

export function createSnowflakes(): Snowflakes {
  let last = 0n;
  return {
    next() {
      const now = ((BigInt(Date.now()) - DISCORD_EPOCH) << 22n) | (1n << 17n);
      last = now > last ? now : last + 1n;
      return String(last);
    },
  };
}

/** Whether Discord would read the value as an id at all. */
export function isSnowflake(value: unknown): value is string {
  return typeof value === 'string' && /^\d{17,19}$/.test(value);
}
