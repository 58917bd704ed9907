import { coinsInWords } from '#src/health/in-words.ts';
import { isNotaryOutput, isPubkey } from '../remedies/notary-output.ts';
import { type Check, unknown } from './check.ts';
import { grade } from './grade.ts';

/** Right-sized outputs, those locked by a split or by iguana counted in. Too few stop notarising; far too many slow it. */
export const notaryUtxos: Check = {
  id: 'notary-utxos',
  title: 'UTXOs',
  alertname: 'NotaryUtxosLow',
  async look({ daemon, target, threshold }) {
    const pubkey = target.service.pubkey ?? (await daemon.chain()).pubkey;
    if (pubkey && !isPubkey(pubkey))
      return unknown('the pubkey in the fleet file is no compressed public key');
    const right = isNotaryOutput(target, pubkey);
    const free = (await daemon.unspent()).outputs.filter(
      (output) => output.spendable && right(output),
    ).length;
    const locked = (await daemon.locked()).filter(right).length;
    const count = free + locked;
    const facts = { count, locked };
    const what = `${count} notary UTXOs of ${coinsInWords(target.utxoSats)}`;
    const tooMany = grade({
      value: count,
      threshold: threshold('notary-utxos-most'),
      bad: 'above',
      facts,
      why: (limit) => `${what}, more than ${limit}`,
    });
    if (tooMany.state !== 'up') {
      return {
        finding: tooMany,
        shown: `${count}`,
        advice: 'Split less often, or consolidate some of them.',
      };
    }
    const finding = grade({
      value: count,
      threshold: threshold('notary-utxos'),
      bad: 'below',
      facts,
      why: (limit) => `${what}, fewer than ${limit}`,
    });
    return {
      finding,
      shown: `${count}`,
      remedy: 'split',
      advice: 'Split confirmed coins into more of them.',
    };
  },
};
