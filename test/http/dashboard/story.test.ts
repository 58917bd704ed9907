import { expect, test } from 'vitest';

import type { Alert } from '#src/domain/alert.ts';
import type { Notice } from '#src/domain/notice.ts';
import type { RollCall } from '#src/domain/roll.ts';
import type { Request } from '#src/domain/remedy.ts';
import { readStory } from '#src/http/dashboard/story.ts';

const STARTED = new Date('2026-05-01T12:00:00Z');
const AFTER = '2026-05-01T12:01:00.000Z';
const BEFORE = '2026-05-01T11:59:00.000Z';

interface Records {
  readonly broken?: boolean;
  readonly alerts?: readonly Partial<Alert>[];
  readonly requests?: readonly Partial<Request>[];
  readonly notices?: readonly Partial<Notice>[];
  readonly entries?: readonly object[];
}

const read = async ({ broken = false, alerts = [], requests = [], notices = [], entries = [] }: Records) => {
  const story = await readStory({
    alerting: { list: async () => alerts as readonly Alert[] },
    remediation: { list: async () => requests as readonly Request[] },
    broadcast: {
      list: async () => notices as readonly Notice[],
      rollCall: async () => ({ entries }) as unknown as RollCall,
    },
    trial: { startedAt: STARTED, wasBroken: () => broken },
  });
  return [...story.done];
};

const alert = { startsAt: AFTER, status: 'firing' } as const;
const request = { requestedAt: AFTER, state: 'requested', approvedBy: [] } as const;
const notice = { createdAt: AFTER, state: 'draft' } as const;

test.each<[string, Records, readonly string[]]>([
  ['nothing yet', {}, []],
  ['broken', { broken: true }, ['break']],
  ['alert', { broken: true, alerts: [alert] }, ['break', 'alert']],
  ['acknowledged', { alerts: [{ ...alert, acknowledgedBy: 'alice' as never }] }, ['alert', 'acknowledge']],
  ['requested', { requests: [request] }, ['request']],
  ['approved', { requests: [{ ...request, approvedBy: ['bob' as never] }] }, ['request', 'approve']],
  [
    'done but still firing',
    { alerts: [alert], requests: [{ ...request, state: 'succeeded' }] },
    ['alert', 'request'],
  ],
  [
    'done and resolved',
    { alerts: [{ ...alert, status: 'resolved' }], requests: [{ ...request, state: 'succeeded' }] },
    ['alert', 'request', 'resolve'],
  ],
  ['drafted', { notices: [notice] }, ['announce']],
  ['sent', { notices: [{ ...notice, sentAt: AFTER }] }, ['announce', 'confirm']],
  [
    'proven without a word',
    { notices: [{ ...notice, sentAt: AFTER }], entries: [{ provenAt: AFTER }] },
    ['announce', 'confirm', 'prove'],
  ],
  [
    'answered',
    { notices: [{ ...notice, sentAt: AFTER }], entries: [{ acknowledgedAt: AFTER }] },
    ['announce', 'confirm', 'answer'],
  ],
  [
    'what happened before this start',
    {
      alerts: [{ ...alert, startsAt: BEFORE }],
      requests: [{ ...request, requestedAt: BEFORE }],
      notices: [{ ...notice, createdAt: BEFORE }],
    },
    [],
  ],
])('%s', async (_name, records, expected) => {
  expect(await read(records)).toEqual(expected);
});
