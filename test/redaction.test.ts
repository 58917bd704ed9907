import { expect, test } from 'vitest';

import { withoutSecrets, withoutSecretValues } from '#src/redaction.ts';

const LONG = 65_536;
const KEY = `U${'z'.repeat(51)}`;

test.each([
  ['rpcpassword=hunter2 next', 'rpcpassword=[hidden] next'],
  ['{ user: u, password: hunter2 }', '{ user: u, password: [hidden] }'],
  ['{"KMD_TOKEN":"a b","x":1}', '{"KMD_TOKEN":[hidden],"x":1}'],
  ['Authorization: Bearer abc.def', 'Authorization: [hidden]'],
  ['komodod --my-rpcpassword hunter2 -daemon', 'komodod --my-rpcpassword [hidden] -daemon'],
  ['mnemonic: one two three', 'mnemonic: [hidden]'],
  [`imported ${KEY} twice`, 'imported [hidden] twice'],
  ['a token eyJhbGciOiJI.eyJzdWIi.c2ln ends', 'a token [hidden] ends'],
  ['redis://u:p:q@host/0', 'redis://[hidden]@host/0'],
  ['target=20 on http://127.0.0.1:7771/', 'target=20 on http://127.0.0.1:7771/'],
])('%s', (line, safe) => {
  expect(withoutSecretValues(line)).toBe(safe);
});

test.each([
  'x',
  'a.',
  '-',
  'passw',
  'a://',
  'a://:',
  'eyJ-',
  'seed ',
  '-token ',
  'token "',
  ' ',
  '-----BEGIN ',
])('a hostile line costs no more than its length: %j, again and again', (piece) => {
  const line = piece.repeat(LONG / piece.length);
  const began = performance.now();
  withoutSecretValues(line);
  withoutSecrets(line, ['no such secret']);
  // What grows with the square of the length took some twenty seconds.
  expect(performance.now() - began).toBeLessThan(2_000);
});
