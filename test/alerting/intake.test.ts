import { describe, expect, test, vi } from 'vitest';

import { boundedIntake } from '#src/alerting/intake.ts';
import type { AlertId, Signal } from '#src/domain/alert.ts';

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
