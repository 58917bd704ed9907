import { z } from 'zod';

/** `SuperNET/help`: what there is to call. */
export const Help = z.object({
  result: z.object({ agents: z.array(z.string().max(100)).min(1).max(1_000) }),
});

/** What a call that does something says when it did. */
export const Done = z.object({ result: z.string().max(10_000) });

/** A set of notaries: bit n = the notary of id n. Written as hex, padded with spaces (`%16llx`). */
const Mask = z
  .string()
  .regex(/^ {0,40}[0-9a-f]{1,16}$/i)
  .transform((hex) => BigInt(`0x${hex.trim()}`));

/** `dpow/active`: what each notary said in this round, its place in the list being its id. */
export const Rounds = z
  .array(
    z.object({
      notary: z.string().min(1).max(100),
      /** −1 while it has chosen nothing. */
      bestk: z.int().min(-128).max(127),
      /** Whom it heard. */
      recvmask: Mask,
      /** Whom it would sign with. */
      bestmask: Mask,
    }),
  )
  .max(64);
export type Round = z.infer<typeof Rounds>[number];

/** Whatever iguana refuses, it does so with HTTP 200 and this. */
export const Refusal = z.object({ error: z.string().max(10_000) });
