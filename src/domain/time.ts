/** A time as people read it, to the minute: `2026-11-21 06:08 UTC`. */
export const inMinutes = (iso: string): string =>
  `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
