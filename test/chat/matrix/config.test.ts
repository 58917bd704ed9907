import { expect, test } from 'vitest';
import { z } from 'zod';

import { matrixVariables } from '#src/chat/matrix/config.ts';

const Variables = z.object(matrixVariables);

test('nothing is needed, and the prefix has a default', () => {
  expect(Variables.parse({})).toEqual({ MATRIX_PREFIX: '!tocsin' });
});

test('the address loses its last slash', () => {
  const { MATRIX_HOMESERVER_URL } = Variables.parse({ MATRIX_HOMESERVER_URL: 'https://matrix.example.org/' });
  expect(MATRIX_HOMESERVER_URL).toBe('https://matrix.example.org');
});

test.for([
  { MATRIX_HOMESERVER_URL: 'matrix.example.org' },
  { MATRIX_HOMESERVER_URL: 'ftp://matrix.example.org' },
  { MATRIX_ACCESS_TOKEN: 'two words' },
  { MATRIX_PREFIX: '' },
  { MATRIX_PREFIX: '! tocsin' },
])('%o is refused', (variables) => {
  expect(Variables.safeParse(variables).success).toBe(false);
});
