import { z } from 'zod';

import type { Service } from '#src/domain/node.ts';

const Symbol = z.string().regex(/^[\w.-]{1,64}$/, 'must be a coin as iguana names it, like KMD');
const Address = z.ipv4('must be an IPv4 address, like 203.0.113.9');
const NotaryName = z.string().min(1).max(100);

/** A program of the node by its whole path, or one of its PATH, with its words. */
const Argv = z
  .tuple([z.string().min(1)], z.string())
  .refine((words) => words.length <= 50, 'must be at most 50 words');

/** What iguana/addcoin is told of a coin, as the coins/ scripts have it. */
const AddCoin = z
  .record(z.string(), z.json())
  .refine(
    (words) => !Object.keys(words).some((key) => /^(agent|method|newcoin)$|pass|user/i.test(key)),
    'must not hold agent, method or newcoin, which Tocsin adds, nor a login, which iguana reads from the conf',
  );

/** How it is stopped, started and set to work again. */
const Restart = z.strictObject({
  /** Ends this iguana and no other, with the signal it may end by (SIGTERM); run on its node. */
  stop: Argv,
  /** Starts it in its mode, apart from whoever starts it; run on its node. */
  start: Argv,
  /** Unlocks its wallet; run on its node, where the passphrase stays. */
  unlock: Argv.optional(),
  /** Its own address, for SuperNET/myipaddr. */
  address: Address.optional(),
  addcoin: z.record(Symbol, AddCoin).default({}),
  /** `freq` of iguana/dpow, of coins that have one. */
  freq: z.record(Symbol, z.int().min(1).max(1_000)).default({}),
});

/** The keys of an iguana in the fleet file. */
export const Settings = z.strictObject({
  /** Its own line in the rounds: the notary's name as iguana knows it, or its place in the list of the elected. */
  notary: z.union([NotaryName, z.int().min(0).max(63)]).optional(),
  /** What it notarises; the first is the one whose rounds are looked at. */
  coins: z.array(Symbol).min(1).max(200).default(['KMD']),
  /** `always`: ask for the rounds also where it cannot be told since when iguana runs. */
  rounds: z.enum(['settled', 'always']).default('settled'),
  /** Addresses of the others, by their names in the rounds. */
  notaries: z.record(NotaryName, Address).default({}),
  restart: Restart.optional(),
});
export type Settings = z.infer<typeof Settings>;
export type Restart = NonNullable<Settings['restart']>;

export const settingsOf = ({ settings }: Service): Settings => Settings.parse(settings ?? {});
