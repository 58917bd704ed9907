import { describe, expect, test } from 'vitest';

import { fine, listOf, look, NOW, pod, statefulset } from './looking.ts';

const MINUTE_MS = 60_000;
const later = (minutes: number): Date => new Date(NOW.getTime() + minutes * MINUTE_MS);

describe('pods', () => {
  const waiting = (reason: string, ended?: object) => ({
    ready: false,
    restartCount: 6,
    state: { waiting: { reason, message: 'back-off' } },
    lastState: ended ? { terminated: ended } : {},
  });
  const failing = (container: object, more: object = {}) =>
    fine({ pods: listOf('Pod', pod({ ready: false, container, ...more })) });
  const ended = { exitCode: 1, reason: 'Error', finishedAt: '2026-11-21T11:59:00Z' };

  test.each([
    [
      'CrashLoopBackOff',
      'PodCrashLooping',
      /container komodod ends again and again \(CrashLoopBackOff, last ended with exit code 1\)/,
    ],
    ['ImagePullBackOff', 'PodImagePullFailing', /no image to start/],
    ['ErrImagePull', 'PodImagePullFailing', /no image to start/],
    ['CreateContainerConfigError', 'PodCannotStart', /cannot be started/],
  ])('%s is down at once, by name, with its reason and since when', async (reason, alertname, why) => {
    const seen = await look(failing(waiting(reason, ended)));
    expect(seen.of('pods')).toMatchObject({ finding: { state: 'down' }, alertname, shown: '0/1' });
    // What does not end by waiting must not be held back while a rollout goes on.
    expect(seen.of('pods')).not.toHaveProperty('figure');
    expect(seen.why('pods')).toMatch(why);
    expect(seen.facts('pods')).toMatchObject({
      reason,
      exitCode: 1,
      pod: 'kmd-0',
      since: '2026-11-21T11:00:00Z',
    });
  });

  test('killed for its memory has that name, whatever it waits for', async () => {
    const killed = { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-11-21T11:59:00Z' };
    const seen = await look(failing(waiting('CrashLoopBackOff', killed)));
    expect(seen.of('pods')).toMatchObject({ finding: { state: 'down' }, alertname: 'PodOutOfMemory' });
    expect(seen.facts('pods')).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
  });

  test('not ready warns, and is down when it has lasted', async () => {
    const at = (since: string) => look(failing({ ready: false }, { since }));
    const short = await at('2026-11-21T11:55:00Z');
    expect(short.of('pods')).toMatchObject({ finding: { state: 'degraded' }, alertname: 'PodNotReady' });
    expect(short.why('pods')).toBe('pod kmd-0: is not ready, for 5 min now');
    expect((await at('2026-11-21T11:49:00Z')).state('pods')).toBe('down');
  });

  test('a lost one among several that serve only warns', async () => {
    const pods = listOf(
      'Pod',
      pod({ name: 'kmd-0' }),
      pod({ name: 'kmd-1', ready: false, container: waiting('CrashLoopBackOff', ended) }),
    );
    const seen = await look(fine({ statefulsets: statefulset({ replicas: 2 }), pods }));
    expect(seen.of('pods')).toMatchObject({
      finding: { state: 'degraded' },
      alertname: 'PodCrashLooping',
      shown: '1/2',
    });
  });

  test.each([
    [
      'no machine takes it',
      {
        phase: 'Pending',
        containerStatuses: [],
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available: 3 Insufficient memory.',
            lastTransitionTime: '2026-11-21T11:59:00Z',
          },
        ],
      },
      'PodUnschedulable',
      /no machine takes it: 0\/3 nodes are available/,
    ],
    [
      'its machine is lost',
      {
        phase: 'Running',
        reason: 'NodeLost',
        conditions: [{ type: 'Ready', status: 'Unknown', lastTransitionTime: '2026-11-21T11:59:00Z' }],
      },
      'PodNotReady',
      /is not ready/,
    ],
  ])('%s', async (_what, status, alertname, why) => {
    const seen = await look(fine({ pods: listOf('Pod', pod({ ready: false, status })) }));
    expect(seen.of('pods')).toMatchObject({ finding: { state: 'degraded' }, alertname });
    expect(seen.why('pods')).toMatch(why);
  });

  test('none at all is down; an evicted one is only its record', async () => {
    const evicted = pod({ status: { phase: 'Failed', reason: 'Evicted', containerStatuses: null } });
    const seen = await look(fine({ pods: listOf('Pod', evicted) }));
    expect(seen.of('pods')).toMatchObject({ finding: { state: 'down' }, alertname: 'PodMissing' });
    expect(seen.why('pods')).toBe('statefulset kmd has 0 of 1 pods; kmd-0 is Evicted');
    const both = await look(fine({ pods: listOf('Pod', evicted, pod({ name: 'kmd-1' })) }));
    expect(both.state('pods')).toBe('up');
  });

  test('one that is being deleted does not count, and is named when it stays', async () => {
    const going = pod({ metadata: { deletionTimestamp: '2026-11-21T11:30:00Z' } });
    const seen = await look(fine({ pods: listOf('Pod', going) }));
    expect(seen.of('pods')).toMatchObject({ finding: { state: 'down' }, alertname: 'PodNotReady' });
    expect(seen.why('pods')).toBe('pod kmd-0: is being deleted, for 30 min now');
  });
});

describe('restarts', () => {
  const counted = (restartCount: number, lastState: object = {}) =>
    fine({ pods: listOf('Pod', pod({ container: { restartCount, lastState } })) });

  test('what was counted before the first look is not of the last hour', async () => {
    expect((await look(counted(40))).state('restarts')).toBe('up');
  });

  test('grows within the hour: one may be, two warn, five are critical; an hour later all is well', async () => {
    let seen = await look(counted(40));
    const at = async (minutes: number, count: number) => {
      seen = await look(counted(count), { earlier: seen.results, now: later(minutes) });
      return [seen.state('restarts'), seen.of('restarts')?.shown];
    };
    expect(await at(10, 41)).toEqual(['up', '1']);
    expect(await at(20, 42)).toEqual(['degraded', '2']);
    expect(seen.why('restarts')).toBe('restarted 2 times within the last hour');
    expect(await at(40, 45)).toEqual(['down', '5']);
    expect(await at(70, 45)).toEqual(['up', '0']);
  });

  test('the growth is kept over looks within the window, and lost when other pods are there', async () => {
    let seen = await look(counted(0));
    for (const minutes of [20, 35, 50]) {
      seen = await look(counted(3), { earlier: seen.results, now: later(minutes) });
      expect(seen.of('restarts')?.shown).toBe('3');
    }
    const other = fine({ pods: listOf('Pod', pod({ name: 'kmd-0', metadata: { uid: 'other' } })) });
    expect((await look(other, { earlier: seen.results, now: later(51) })).of('restarts')?.shown).toBe('0');
  });

  test('killed for its memory within the hour warns at once', async () => {
    const lastState = {
      terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-11-21T11:40:00Z' },
    };
    const seen = await look(counted(1, lastState));
    expect(seen.of('restarts')).toMatchObject({
      finding: { state: 'degraded' },
      alertname: 'PodOutOfMemory',
      figure: { value: 1, unit: 'count' },
    });
    expect(seen.why('restarts')).toBe(
      'restarted once within the last hour, last ended with exit code 137 (OOMKilled)',
    );
    const long = { terminated: { ...lastState.terminated, finishedAt: '2026-11-21T10:40:00Z' } };
    expect((await look(counted(1, long))).state('restarts')).toBe('up');
  });
});
