import { expect, test } from 'vitest';

import { bytesIn, spaceIn } from '#src/remediation/executors/files.ts';

const printed = (stdout: string, exitCode = 0, stderr = '') => ({
  system: 'ssh',
  path: '/data/wallet.dat',
  exitCode,
  stdout,
  stderr,
});

test.each([
  ['GNU', '-rw------- 1 1000 1000 1400832 Nov 21 11:49 /data/wallet.dat\n', 1_400_832],
  ['BusyBox', '-rw-------    1 1000     1000       1400832 Nov 21 11:49 /data/wallet.dat\n', 1_400_832],
  ['an access control list', '-rw-rw----+ 1 0 0 7 Jan  1  2024 a name 5 5 5\n', 7],
])('bytes as %s prints them', (_, stdout, bytes) => expect(bytesIn(printed(stdout))).toBe(bytes));

test.each([
  [
    'GNU',
    'Filesystem     1024-blocks     Used Available Capacity Mounted on\n/dev/sda1        100000000 75000000  20000000      79% /\n',
    { totalBytes: 102_400_000_000, freeBytes: 20_480_000_000 },
  ],
  [
    'names with spaces and figures',
    'Filesystem 1024-blocks Used Available Capacity Mounted on\n//nas/share 1 2  1000 600 400 60% /mnt/1 2 3 4% /x\n',
    { totalBytes: 1_024_000, freeBytes: 409_600 },
  ],
  [
    'a full disk with a reserve',
    'x\n/dev/sda1 1000 1000 -50 105% /\n',
    { totalBytes: 1_024_000, freeBytes: 0 },
  ],
  ['what has no space', 'x\nproc 0 0 0 - /proc\n', { totalBytes: 0, freeBytes: 0 }],
])('space as %s prints it', (_, stdout, space) => expect(spaceIn(printed(stdout))).toEqual(space));

test.each([
  ["ls: cannot access '/data/wallet.dat': No such file or directory"],
  ['ls: /data/wallet.dat: Not a directory'],
])('what is not there is none: %s', (stderr) => {
  expect(bytesIn(printed('', 2, stderr))).toBeUndefined();
  expect(spaceIn(printed('', 1, stderr))).toBeUndefined();
});

test('what may not be looked at, or makes no sense, is no figure', () => {
  const denied = printed('', 2, "ls: cannot access '/data/wallet.dat': Permission denied");
  expect(() => bytesIn(denied)).toThrow('our user there may not look at /data/wallet.dat');
  expect(() => bytesIn(printed('crw-rw-rw- 1 0 0 1, 3 Nov 21 11:49 /dev/null\n'))).toThrow('cannot be read');
  expect(() => spaceIn(printed('nonsense'))).toThrow('cannot be read');
});
