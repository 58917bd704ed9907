import { megabytesInWords } from '#src/health/in-words.ts';
import { grade } from '../../grade.ts';
import { walletBytes } from '../wallet-file.ts';
import type { Check } from './check.ts';

/** The size of wallet.dat: it grows with each notarisation and slows the wallet down. */
export const walletSize: Check = {
  id: 'wallet-size',
  title: 'wallet',
  costs: 'time',
  alertname: 'WalletLarge',
  async look(scene) {
    const bytes = await walletBytes(scene);
    const graded = grade({
      value: bytes / 1e6,
      unit: 'bytes',
      scale: 1e6,
      threshold: scene.threshold('wallet-size'),
      bad: 'above',
      facts: { bytes },
      why: (limit) => `wallet.dat has ${megabytesInWords(bytes)}, more than ${limit} MB`,
    });
    const advice = 'Clean the wallet of old transactions; reset it if that does not help.';
    return { ...graded, shown: megabytesInWords(bytes), advice };
  },
};
