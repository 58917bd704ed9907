import type { Threshold } from '#src/domain/node.ts';
import { notarising, profileOf } from '#src/domain/profile.ts';
import { coinsInWords } from '#src/health/in-words.ts';
import { grade } from '../../grade.ts';
import { DEFAULT_TARGET, MOST_OUTPUTS } from '../wallet/choice.ts';
import { isNotaryOutput, isPubkey } from '../wallet/notary-output.ts';
import { type Check, unknown } from './check.ts';

/** Right-sized outputs, those locked by a split or by iguana counted in. Too few stop notarising; far too many slow it. */
export const notaryUtxos: Check = {
  id: 'notary-utxos',
  title: 'UTXOs',
  costs: 'notarisations',
  alertname: 'NotaryUtxosLow',
  otherAlertnames: ['NotaryUtxosMany'],
  applies: ({ target, chain }) => notarising(profileOf(target.profile), target.dpow, chain) !== 'ended',
  async look({ daemon, target, threshold }) {
    const pubkey = target.service.pubkey ?? (await daemon.chain()).pubkey;
    if (pubkey && !isPubkey(pubkey)) return unknown('its pubkey is no compressed public key');
    const right = isNotaryOutput(target, pubkey);
    const free = (await daemon.unspent()).outputs.filter(
      (output) => output.spendable && right(output),
    ).length;
    const locked = (await daemon.locked()).filter(right).length;
    const count = free + locked;
    const measured = { value: count, unit: 'count', facts: { count, locked } } as const;
    const what = `${count} notary UTXOs of ${coinsInWords(target.utxoSats)}`;
    const tooMany = grade({
      ...measured,
      threshold: threshold('notary-utxos-most'),
      bad: 'above',
      why: (limit) => `${what}, more than ${limit}`,
    });
    const tooFew = grade({
      ...measured,
      threshold: threshold('notary-utxos'),
      bad: 'below',
      why: (limit) => `${what}, fewer than ${limit}`,
    });
    const limits = [tooFew, tooMany].flatMap(({ figure }) => figure.limits ?? []);
    const figure = { ...tooFew.figure, limits };
    if (tooMany.finding.state !== 'up') {
      const advice = 'Split less often, or consolidate some of them.';
      return { finding: tooMany.finding, figure, shown: `${count}`, alertname: 'NotaryUtxosMany', advice };
    }
    const advice = 'Split confirmed coins into more of them.';
    const goal = goalFor(threshold('notary-utxos'));
    const remedy = { remedy: 'split', ...(goal !== undefined && { remedyArguments: { target: goal } }) };
    return { finding: tooFew.finding, figure, shown: `${count}`, advice, ...remedy };
  },
};

/** How many a split shall make where its own default would not end the alert. */
function goalFor({ warn = 0, critical = 0 }: Threshold): string | undefined {
  const wanted = Math.ceil(Math.max(warn, critical) * MARGIN);
  return wanted > Number(DEFAULT_TARGET) ? String(Math.min(wanted, MOST_OUTPUTS)) : undefined;
}

/** Above the limit, or the next notarisation would be the next alert. */
const MARGIN = 1.5;
