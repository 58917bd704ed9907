import { grade } from '../../grade.ts';
import { dataFoldersOf } from '../wallet-file.ts';
import { type Check, unknown } from './check.ts';

const gigabytes = (bytes: number): string =>
  `${(bytes / 1e9).toLocaleString('en-US', { maximumFractionDigits: bytes < 10e9 ? 1 : 0 })} GB`;

/** What is free of the file system that the daemon's files lie on: a full one damages its data. */
export const disk: Check = {
  id: 'disk',
  title: 'disk',
  costs: 'soon',
  alertname: 'DiskLow',
  async look(scene) {
    const { executor, target, threshold } = scene;
    for (const path of await dataFoldersOf(scene)) {
      const space = await executor?.space(target.node, path);
      if (!space || space.totalBytes === 0) continue;
      const { freeBytes, totalBytes } = space;
      const percent = (100 * freeBytes) / totalBytes;
      const shown = `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
      const graded = grade({
        value: percent,
        unit: 'ratio',
        scale: 0.01,
        threshold: threshold('disk'),
        bad: 'below',
        facts: { path, freeBytes, totalBytes },
        why: (limit) => `${shown} of its disk are free (${gigabytes(freeBytes)}), less than ${limit} %`,
      });
      return {
        ...graded,
        shown,
        advice: 'Make room before it is full: old logs, backups, other chains; or give it a larger disk.',
      };
    }
    return unknown('its data directory was not found: name its conf or its walletFile in the fleet file');
  },
};
