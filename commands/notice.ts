import { defineFamily } from '#src/command/define.ts';

import { announce, close, postpone, supersede } from './notice/life.ts';
import { list, report, status } from './notice/read.ts';

/** `notice announce|status|list|report|postpone|supersede|close`. */
export const notice = defineFamily({
  name: 'notice',
  summary:
    'Updates that every notary must know of: announce, status, list, report, postpone, supersede, close',
  examples: [
    'notice announce "Komodo 0.9.2" version=v0.9.2 time=2026-12-01T12:00:00Z Update before the deadline.',
    'notice status',
    'notice status n1b2c3d missing',
    'notice status n1b2c3d show=reached region=EU coin=KMD',
    'notice list',
    'notice report n1b2c3d',
    'notice postpone n1b2c3d time=2026-12-08T12:00:00Z The release slipped.',
    'notice supersede n1b2c3d n4e5f6g',
    'notice close n1b2c3d all done',
  ],
  private: false,
  actions: [announce, status, list, report, postpone, supersede, close],
});
