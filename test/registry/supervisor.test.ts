import { describe, expect, test } from 'vitest';

import { SupervisorEntry, supervisionOf } from '#src/registry/supervisor.ts';

describe('what keeps a daemon on its node', () => {
  test.each([
    [{ systemd: 'komodod.service' }, { kind: 'systemd', unit: 'komodod.service' }],
    [
      { systemd: 'komodod@MCL.service', user: true, once: 'TOCSIN_ONCE' },
      { kind: 'systemd', unit: 'komodod@MCL.service', user: true, once: 'TOCSIN_ONCE' },
    ],
    [
      { compose: { service: 'komodod', directory: '/opt/notary', project: 'notary' } },
      { kind: 'compose', service: 'komodod', directory: '/opt/notary', project: 'notary' },
    ],
    [
      { compose: { service: 'komodod', file: '/opt/notary/compose.yml' } },
      { kind: 'compose', service: 'komodod', file: '/opt/notary/compose.yml' },
    ],
  ])('%j', (written, read) => {
    expect(supervisionOf(SupervisorEntry.parse(written))).toEqual(read);
  });

  test.each([
    [{}, 'needs either systemd or compose'],
    [{ systemd: 'a.service', compose: { service: 'a', directory: '/a' } }, 'needs either systemd or compose'],
    [{ compose: { service: 'a', directory: '/a' }, user: true }, 'takes user and once with systemd only'],
    [{ compose: { service: 'a' } }, 'needs a directory, a file or both'],
    [{ systemd: '--force.service' }, 'must be a unit like komodod.service'],
    [{ systemd: 'komodod' }, 'must be a unit like komodod.service'],
    [{ systemd: 'a.service b.service' }, 'must be a unit like komodod.service'],
    [{ systemd: 'a.service', once: 'LD_PRELOAD' }, 'must be the name of a variable like TOCSIN_ONCE'],
    [{ compose: { service: '-f', directory: '/a' } }, 'must be letters, digits, _ . or -'],
    [
      { compose: { service: 'a', directory: 'notary' } },
      'must be a whole path on the node, like /opt/notary',
    ],
  ])('%j is a fault', (written, words) => {
    const { error } = SupervisorEntry.safeParse(written);
    expect(error?.issues.map(({ message }) => message)).toContain(words);
  });
});
