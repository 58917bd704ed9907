import { UserError } from '#src/domain/errors.ts';
import { keyOf } from '#src/domain/key.ts';
import type { Plan } from '#src/domain/remedy.ts';

import { spell } from '../../poll.ts';
import type { Restart } from '../settings.ts';
import { inOrder } from './coins.ts';
import type { Was } from './process.ts';
import type { RestartWaits } from './restarting.ts';
import type { Site } from './site.ts';
import type { Beside } from './wallets.ts';

/** What the fleet file says of a restart. Throws UserError where that is not enough. */
export function wordsFor({ target: { service }, settings: { restart } }: Site) {
  const why = untold(restart, service.pubkey);
  if (restart && service.pubkey !== undefined) return { restart, pubkey: service.pubkey };
  throw new UserError(why ?? '');
}

/** Why that is not enough, in words; undefined when it is. */
export function untold(restart: Restart | undefined, pubkey: string | undefined): string | undefined {
  const by = 'restart it on the node by its m_notary script, then see that every dPoW is on';
  if (!restart)
    return `The fleet file does not say how this iguana is stopped and started (key restart): ${by}.`;
  if (pubkey === undefined)
    return `The fleet file has no pubkey of this iguana, which iguana/dpow needs: ${by}.`;
  return undefined;
}

interface Planned {
  readonly site: Site;
  readonly restart: Restart;
  readonly pubkey: string;
  readonly was: Was;
  readonly beside: readonly Beside[];
}

/** What a restart would do. */
export function planOf({ site, restart, pubkey, was, beside }: Planned, waits: RestartWaits): Plan {
  const { notaries, coins } = site.settings;
  const added = inOrder(Object.keys(restart.addcoin));
  const services = beside.map(({ service }) => service).join(', ');
  return {
    steps: [
      was ? `Run ${restart.stop.join(' ')} on the node, once` : 'It does not run: nothing to stop',
      ...(was
        ? [`Wait for its process ${was.pid} to go, at most ${spell(waits.goneMs)}; it is never forced`]
        : []),
      services
        ? `Unlock the outputs of its own key that it left locked in ${services}; no other's`
        : 'Locked outputs stay as they are: no daemon of its coins is in the fleet file on this node',
      `Run ${restart.start.join(' ')} on the node, once; wait until it answers, at most ${spell(waits.answersMs)}`,
      `Tell it the addresses of ${Object.keys(notaries).length} notaries`,
      added.length > 0
        ? `Add its coins: ${added.join(', ')}`
        : 'No coins are added: the fleet file describes none',
      restart.unlock
        ? `Unlock its wallet by ${restart.unlock.join(' ')} on the node; the passphrase stays there`
        : 'Its wallet is not unlocked: the fleet file names no program for it',
      `Start the dPoW of ${inOrder(coins).join(', ')}, in this order`,
      services
        ? `Watch for a new notarisation, at most ${spell(waits.watchMs)}, and say whether one was seen`
        : 'Whether it notarises is not watched for',
    ],
    bound: {
      process: was ? `pid ${was.pid}, began ${was.startedAt}` : 'not running',
      pubkey,
      notaries: Object.values(notaries).join(' ') || 'none',
      'own address': restart.address ?? 'not told',
      // What a coin is added with fills pages: told apart, not shown.
      coins: keyOf('coins', JSON.stringify([restart.addcoin, restart.freq])),
    },
  };
}
