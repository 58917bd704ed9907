import { describe, expect, test, vi } from 'vitest';

import { boundedIntake, createIntake } from '#src/alerting/intake.ts';
import { alertCard } from '#src/alerting/card.ts';
import type { Alert, AlertId, Signal } from '#src/domain/alert.ts';

const signal = (status: Signal['status']): Signal => ({
  status,
  labels: { alertname: 'X' },
  annotations: {},
});

describe('while as many alerts fire as are kept', () => {
  const accept = vi.fn(async () => ['a1' as AlertId]);

  test('what only begins is refused, to be sent again', async () => {
    const intake = boundedIntake({ accept }, () => true);
    await expect(intake.accept([signal('firing'), signal('firing')])).rejects.toMatchObject({
      name: 'OutsideError',
      retryable: true,
    });
    expect(accept).not.toHaveBeenCalled();
  });

  test('what ends is taken in, or it could never become fewer', async () => {
    const intake = boundedIntake({ accept }, () => true);
    expect(await intake.accept([signal('firing'), signal('resolved')])).toEqual(['a1']);
    expect(await intake.accept([])).toEqual(['a1']);
  });

  test('once there is room again, everything is', async () => {
    expect(await boundedIntake({ accept }, () => false).accept([signal('firing')])).toEqual(['a1']);
  });
});

describe('an alert that names its runbook', () => {
  const annotationsOf = async (publicUrl: string | undefined, annotations: Signal['annotations']) => {
    const jobs: (readonly Signal[])[] = [];
    const add = async (given: readonly { readonly data: readonly Signal[] }[]): Promise<void> =>
      void jobs.push(...given.map(({ data }) => data));
    const intake = createIntake({ add, now: () => new Date(), publicUrl });
    await intake.accept([{ ...signal('firing'), annotations }]);
    return jobs[0]?.[0]?.annotations;
  };
  const runbook = 'DaemonDown';
  const address = 'https://tocsin.example/docs/alerts/DaemonDown';

  test.each([
    ['https://tocsin.example', { runbook }, { runbook, runbook_url: address }],
    ['https://tocsin.example/', { runbook }, { runbook, runbook_url: address }],
    [undefined, { runbook }, { runbook }],
    [
      'https://tocsin.example',
      { runbook, runbook_url: 'https://a.example' },
      { runbook, runbook_url: 'https://a.example' },
    ],
    ['https://tocsin.example', { runbook: '../sign-out' }, { runbook: '../sign-out' }],
    ['https://tocsin.example', {}, {}],
  ])('under %s, %j is %j', async (publicUrl, given, stands) =>
    expect(await annotationsOf(publicUrl, given)).toEqual(stands),
  );

  test('leads to its page, or says the words that show it', () => {
    const shown = (annotations: Signal['annotations']): string =>
      JSON.stringify(alertCard({ ...alert, annotations }).blocks);
    expect(shown({ runbook, runbook_url: address })).toContain(`"label":"What to do","url":"${address}"`);
    expect(shown({ runbook, runbook_url: address })).not.toContain('help DaemonDown');
    expect(shown({ runbook })).toContain('"name":"What to do","value":"help DaemonDown"');
  });
});

const alert = {
  id: 'a1' as AlertId,
  episode: 1,
  status: 'firing',
  labels: { alertname: 'DaemonDown' },
  annotations: {},
  startsAt: '2026-01-01T00:00:00Z',
  revision: 1,
  announced: 1,
  updatedAt: '2026-01-01T00:00:00Z',
} as const satisfies Alert;
