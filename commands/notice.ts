import { defineFamily } from '#src/command/define.ts';

import { announce, cancel, close, postpone, supersede } from './notice/life.ts';
import { list, report, status } from './notice/read.ts';

/** `notice announce|status|list|report|postpone|supersede|close|cancel`. */
export const notice = defineFamily({
  name: 'notice',
  summary: 'Updates all must know of: announce, status, list, report, postpone, supersede, close, cancel',
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
    'notice cancel n1b2c3d The release was withdrawn.',
  ],
  private: false,
  actions: [announce, status, list, report, postpone, supersede, close, cancel],
});
