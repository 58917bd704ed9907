import { expect, test } from 'vitest';

import { argumentsDigest, shownArguments } from '#src/nodes/utxo/process/shown-arguments.ts';

test.each([
  ['-rpcpassword=hunter2', '-rpcpassword=•••'],
  ['-rpcuser=hunter2', '-rpcuser=•••'],
  ['-rpcauth=bob:salt$hash', '-rpcauth=•••'],
  ['--walletPassphrase=a=b', '--walletPassphrase=•••'],
  ['-privkey=KwDi', '-privkey=•••'],
  ['-api_token=x', '-api_token=•••'],
  ['-seed=word word', '-seed=•••'],
  ['-client-secret=', '-client-secret=•••'],
  ['API_KEY=x', 'API_KEY=•••'],
  ['-proxy=http://bob:hunter2@host:1/', '-proxy=http://•••@host:1/'],
  ['-connect=1.2.3.4:7770', '-connect=1.2.3.4:7770'],
  ['-datadir=/data/x', '-datadir=/data/x'],
  ['-ac_name=DEX', '-ac_name=DEX'],
])('%s is shown as %s', (word, shown) => {
  expect(shownArguments(['/usr/bin/d', word])).toEqual(['/usr/bin/d', shown]);
});

test('a value in the word behind its name is hidden too', () => {
  expect(shownArguments(['/d', '--api-key', 'hunter2', '-x', 'y', '--token', '-z'])).toEqual([
    '/d',
    '--api-key',
    '•••',
    '-x',
    'y',
    '--token',
    '-z',
  ]);
});

const digest = (...words: string[]) => argumentsDigest(['/d', ...words]);

test('the digest tells arguments apart, and is the same for two passwords', () => {
  expect(digest('-a')).not.toBe(digest('-b'));
  expect(digest('-a', '-b')).not.toBe(digest('-a -b'));
  expect(digest('-rpcpassword=one')).toBe(digest('-rpcpassword=two'));
});
