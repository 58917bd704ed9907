import { z } from 'zod';

import type { Service } from '#src/domain/node.ts';

const Symbol = z.string().regex(/^[\w.-]{1,64}$/, 'must be a coin as iguana names it, like KMD');

/** The keys of an iguana in the fleet file. */
export const Settings = z.strictObject({
  /** Its own line in the rounds: the notary's name as iguana knows it, or its place in the list of the elected. */
  notary: z.union([z.string().min(1).max(100), z.int().min(0).max(63)]).optional(),
  /** What it notarises; the first is the one whose rounds are looked at. */
  coins: z.array(Symbol).min(1).max(200).default(['KMD']),
  /** `always`: ask for the rounds also where it cannot be told since when iguana runs. */
  rounds: z.enum(['settled', 'always']).default('settled'),
});
export type Settings = z.infer<typeof Settings>;

export const settingsOf = ({ settings }: Service): Settings => Settings.parse(settings ?? {});
