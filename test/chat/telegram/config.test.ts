import { expect, test } from 'vitest';
import { z } from 'zod';

import { telegramVariables } from '#src/chat/telegram/config.ts';

const Variables = z.object(telegramVariables);

test('nothing is needed, and the address has a default', () => {
  expect(Variables.parse({})).toEqual({ TELEGRAM_API_URL: 'https://api.telegram.org' });
});

test('the address loses its last slash, which grammY refuses', () => {
  expect(Variables.parse({ TELEGRAM_API_URL: 'http://127.0.0.1:8081/' })).toEqual({
    TELEGRAM_API_URL: 'http://127.0.0.1:8081',
  });
});

test.for([
  { TELEGRAM_TOKEN: 'abc' },
  { TELEGRAM_TOKEN: '1:a b c d e' },
  { TELEGRAM_TOKEN: '1:../../x' },
  { TELEGRAM_API_URL: 'api.telegram.org' },
])('%o is refused', (variables) => {
  expect(Variables.safeParse(variables).success).toBe(false);
});
