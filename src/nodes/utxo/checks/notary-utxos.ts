import { coinsInWords } from '#src/health/in-words.ts';
import { isNotaryOutput, isPubkey } from '../wallet/notary-output.ts';
import { type Check, unknown } from './check.ts';
import { grade } from './grade.ts';

/** Right-sized outputs, those locked by a split or by iguana counted in. Too few stop notarising; far too many slow it. */
export const notaryUtxos: Check = {
  id: 'notary-utxos',
  title: 'UTXOs',
  costs: 'notarisations',
  alertname: 'NotaryUtxosLow',
  otherAlertnames: ['NotaryUtxosMany'],
  async look({ daemon, target, threshold }) {
    const pubkey = target.service.pubkey ?? (await daemon.chain()).pubkey;
    if (pubkey && !isPubkey(pubkey)) return unknown('its pubkey is no compressed public key');
    const right = isNotaryOutput(target, pubkey);
    const free = (await daemon.unspent()).outputs.filter(
      (output) => output.spendable && right(output),
    ).length;
    const locked = (await daemon.locked()).filter(right).length;
    const count = free + locked;
    const figure = { value: count, facts: { count, locked } };
    const what = `${count} notary UTXOs of ${coinsInWords(target.utxoSats)}`;
    const tooMany = grade({
      ...figure,
      threshold: threshold('notary-utxos-most'),
      bad: 'above',
      why: (limit) => `${what}, more than ${limit}`,
    });
    if (tooMany.state !== 'up') {
      const advice = 'Split less often, or consolidate some of them.';
      return { finding: tooMany, shown: `${count}`, alertname: 'NotaryUtxosMany', advice };
    }
    const finding = grade({
      ...figure,
      threshold: threshold('notary-utxos'),
      bad: 'below',
      why: (limit) => `${what}, fewer than ${limit}`,
    });
    const advice = 'Split confirmed coins into more of them.';
    return { finding, shown: `${count}`, remedy: 'split', advice };
  },
};
