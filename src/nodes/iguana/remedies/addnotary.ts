import { UserError } from '#src/domain/errors.ts';
import type { Remedy } from '#src/domain/remedy.ts';

import { Help, Rounds } from '../payloads.ts';
import { type PostTo, postWithin } from '../post-there.ts';
import { IguanaError } from '../rpc.ts';
import { settingsOf } from '../settings.ts';
import { introduce } from '../setup/introduce.ts';
import { noWay, type Site, siteOf } from '../setup/site.ts';

const CALL_MS = 10_000;

/** Tells an iguana the addresses of other notaries again: it connects to those it has no connection to. */
export const createAddnotary = ({
  postTo = postWithin(CALL_MS),
}: { readonly postTo?: PostTo } = {}): Remedy => ({
  id: 'addnotary',
  summary: 'Tells iguana the addresses of the other notaries (iguana/addnotary), so that it connects to them',
  risk: 'low',
  kinds: ['iguana'],
  parameters: [],
  notHere: (target, executor) => noWay(target, executor) ?? noList(settingsOf(target.service).notaries),
  async plan(target, _args, executors) {
    const site = siteOf(target, executors, { postTo, signal: AbortSignal.timeout(CALL_MS) });
    const { notaries } = site.settings;
    const none = noList(notaries);
    if (none !== undefined) throw new UserError(none);
    await site.iguana.call(Help, ['SuperNET', 'help']);
    const names = Object.keys(notaries);
    return {
      steps: [
        `Tell iguana at ${site.iguana.at} the addresses of ${names.length} notaries (iguana/addnotary); what it knows already stays as it is`,
        'See whom it hears, where it may be asked for that',
      ],
      bound: { notaries: Object.values(notaries).join(' ') },
      seen: { Notaries: names.join(', ') },
    };
  },
  async carryOut({ target, executors, journal, signal, progress }) {
    const site = siteOf(target, executors, { postTo, signal });
    const told = await journal.step('tell the addresses', async () => {
      await progress('telling it the addresses of the others');
      return introduce(site, signal);
    });
    const heard = await journal.step('see whom it hears', () => heardWords(site));
    return `${told} addresses told. ${heard}`;
  },
});

export const addnotary: Remedy = createAddnotary();

const noList = (notaries: Readonly<Record<string, string>>): string | undefined =>
  Object.keys(notaries).length > 0
    ? undefined
    : 'The fleet file names no notaries of this iguana (key notaries: name and address): call iguana/addnotary by hand.';

/** The rounds are asked for only where the fleet file allows it: before the first dPoW the question ends iguana. */
async function heardWords({ iguana, settings: { rounds, coins } }: Site): Promise<string> {
  const [coin = 'KMD'] = coins;
  const later = 'Whether they hear each other shows in the next looks (row "heard by").';
  if (rounds !== 'always') return later;
  try {
    const rows = await iguana.call(Rounds, ['dpow', 'active'], { coin });
    const heard = rows.filter(({ recvmask }) => recvmask !== 0n).length;
    return `It hears ${heard} of ${rows.length} now. ${later}`;
  } catch (error) {
    if (!(error instanceof IguanaError)) throw error;
    return `${error.message}. ${later}`;
  }
}
