/** Why somebody ends or refuses something, in words up to the end of the line. */
export const REASON = { name: 'reason', summary: 'Why, for the record', rest: true } as const;

/** Goes on record where none was given. */
export const NO_REASON = 'no reason given';
