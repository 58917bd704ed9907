const SATS = 100_000_000;

/** Satoshis as coins, for people: `0.0017`. */
export const coins = (sats: number): string => (sats / SATS).toFixed(8).replace(/\.?0+$/, '');
