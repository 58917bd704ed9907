import { describe, expect, it } from 'vitest';

import { Signals } from '#src/domain/alert.ts';
import { Announcement } from '#src/domain/notice.ts';
import { parseJob } from '#src/queue/parse.ts';

describe('the data of a job', () => {
  it('may be one alert or a list', () => {
    expect(parseJob(Signals, { labels: { a: '1' } })).toMatchObject([
      { labels: { a: '1' }, status: 'firing' },
    ]);
    const webhook = { version: '4', alerts: [{ labels: { a: '1' }, fingerprint: 'f' }] };
    expect(parseJob(Signals, webhook)).toMatchObject([{ labels: { a: '1' } }]);
    expect(parseJob(Signals, [{ labels: { a: '1' } }, { labels: { b: '2' } }])).toHaveLength(2);
  });

  it('is refused with every fault by its path', () => {
    const bad = [{ labels: { a: 1 } }, { labels: {}, status: 'maybe', startsAt: 'soon' }];
    expect(() => parseJob(Signals, bad)).toThrow(
      /\[0\]\.labels\.a: .*\[1\]\.labels: .*\[1\]\.status: .*\[1\]\.startsAt: /,
    );
    expect(() => parseJob(Announcement, { deadline: { height: -1 } })).toThrow(
      /subject: .*deadline\.height: /,
    );
  });

  it.each([undefined, null, 'text', 7, [[]], '\u0000'])('%j is refused in words', (data) => {
    expect(() => parseJob(Signals, data)).toThrow(/expected object/);
  });
});
