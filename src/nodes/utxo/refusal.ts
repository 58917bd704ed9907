import { UserError } from '#src/domain/errors.ts';

import { RpcError } from './rpc-error.ts';

const WALLET_LOCKED = -13;

/** Does a deed; what the daemon itself refuses becomes words for a person. */
export async function inWords<T>(deed: () => Promise<T>): Promise<T> {
  try {
    return await deed();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    if (error.code === WALLET_LOCKED) {
      throw new UserError(
        'The wallet is locked: unlock it on the node (walletpassphrase), then request it again.',
        {
          cause: error,
        },
      );
    }
    throw new UserError(`The daemon refused ${error.method}: ${error.message} (code ${error.code}).`, {
      cause: error,
    });
  }
}
