import { z } from 'zod';

/** More alerts at once are refused before each is looked at. */
export const MOST_ALERTS = 5_000;

/** A list whose length is looked at before its entries. */
export const boundedList = <Entry extends z.ZodType>(entry: Entry) =>
  z
    .array(z.unknown())
    .max(MOST_ALERTS, `at most ${MOST_ALERTS} alerts are taken at once`)
    .pipe(z.array(entry));
