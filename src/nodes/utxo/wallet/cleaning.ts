import { z } from 'zod';

import { UserError } from '#src/domain/errors.ts';

import { Coins, readAs, toSats } from '../payloads.ts';
import type { Rpc } from '../rpc.ts';
import type { RpcError } from '../rpc-error.ts';
import { type Holdings, knows } from './holdings.ts';

/** The calls by which daemons forget old transactions: komodo's own, and Bitcoin's for one at a time. */
export type Way = 'cleanwallettransactions' | 'removeprunedfunds';

/** Throws UserError where the daemon knows neither. */
export async function cleaningWay(rpc: Rpc): Promise<Way> {
  for (const way of ['cleanwallettransactions', 'removeprunedfunds'] as const) {
    if (await knows(rpc, way)) return way;
  }
  throw new UserError(
    'This daemon has no call that forgets old transactions. What makes its wallet small is reset-wallet; what makes it quick is consolidate.',
  );
}

const Row = z.object({
  txid: z.string().regex(/^[0-9a-f]{64}$/i),
  category: z.string(),
  amount: Coins,
  confirmations: z.int(),
  rawconfirmations: z.int().optional(),
});
const Rows = z.array(Row);
type Row = z.infer<typeof Row>;

const PAGE = 1_000;
const MOST_PAGES = 100;
/** What is mined is ripe after so many blocks on most chains. */
const RIPE = 100;
/** Bitcoin's daemons read the whole file for each. */
export const MOST_REMOVED = 1_000;
const REMOVED_AT_ONCE = 20;
/** Transaction does not exist in wallet, by the versions of the daemons. */
const NOT_THERE: ReadonlySet<number> = new Set([-4, -5, -8]);

const depthOf = ({ confirmations, rawconfirmations }: Row): number => rawconfirmations ?? confirmations;

async function allRows(rpc: Rpc): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const some = readAs(
      Rows,
      await rpc.call('listtransactions', ['*', PAGE, page * PAGE]),
      'listtransactions',
    );
    rows.push(...some);
    if (some.length < PAGE) break;
  }
  return rows;
}

/**
 * That forgetting what is older than the oldest unspent output forgets no mined coins that are not ripe: those are no
 * unspent outputs yet, and komodo's call does not look for them. Resolves with the depth up to which nothing may be forgotten. Throws UserError.
 */
export async function keptDepth(rpc: Rpc, { outputs, immatureSats }: Holdings): Promise<number> {
  const oldest = outputs.reduce((most, { confirmations }) => Math.max(most, confirmations), 0);
  if (outputs.length === 0) {
    throw new UserError(
      'The wallet has no unspent output: what it may forget cannot be told. Nothing was done.',
    );
  }
  if (immatureSats === 0) return oldest;
  const immature = (await allRows(rpc)).filter(({ category }) => category === 'immature');
  const known = immature.reduce((sats, { amount }) => sats + toSats(amount), 0);
  const deepest = immature.reduce((most, row) => Math.max(most, depthOf(row)), 0);
  if (known !== immatureSats || deepest > oldest) {
    throw new UserError(
      `Mined coins are not ripe yet, and are older than the oldest unspent output (${oldest} blocks): the wallet would forget them. Wait until they are ripe, then request it again.`,
    );
  }
  return oldest;
}

/** How many transactions a wallet had, and how many it forgot. A type, not an interface: it is kept as JSON. */
export type Cleaned = { readonly total: number; readonly removed: number; readonly left: number };

const Told = z.object({
  total_transactons: z.int().optional(),
  total_transactions: z.int().optional(),
  removed_transactions: z.int().optional(),
});

/** Has the daemon forget what is older than every unspent output. Asked again, it does no more. Throws RpcError, OutsideError. */
export async function clean(rpc: Rpc, way: Way, kept: number): Promise<Cleaned> {
  if (way === 'cleanwallettransactions') {
    const told = readAs(Told, await rpc.call('cleanwallettransactions'), way);
    const total = told.total_transactons ?? told.total_transactions ?? 0;
    return { total, removed: told.removed_transactions ?? 0, left: 0 };
  }
  const rows = await allRows(rpc);
  const depths = new Map(rows.map((row) => [row.txid, depthOf(row)]));
  // The oldest first: what is forgotten was spent by what is forgotten after it.
  const old = [...depths]
    .filter(([, depth]) => depth > Math.max(kept, RIPE) + 1)
    .toSorted(([, one], [, other]) => other - one)
    .map(([txid]) => txid);
  const some = old.slice(0, MOST_REMOVED);
  for (let from = 0; from < some.length; from += REMOVED_AT_ONCE) {
    const answers = await rpc.batch(
      some
        .slice(from, from + REMOVED_AT_ONCE)
        .map((txid) => ({ method: 'removeprunedfunds', params: [txid] })),
    );
    const failed = answers.find((answer) => 'error' in answer && !isGone(answer.error));
    if (failed && 'error' in failed) throw failed.error;
  }
  return { total: depths.size, removed: some.length, left: old.length - some.length };
}

const isGone = (error: RpcError): boolean =>
  NOT_THERE.has(error.code) && /not exist|not found/i.test(error.message);
