import { z } from 'zod';

/** The environment's variables for Matrix: set both of the first two, or neither. */
export const matrixVariables = {
  MATRIX_HOMESERVER_URL: z
    .url({
      protocol: /^https?$/u,
      error: 'must be the address of a homeserver, such as https://matrix.example.org',
    })
    .transform((url) => url.replace(/\/+$/u, ''))
    .optional(),
  MATRIX_ACCESS_TOKEN: z
    .string()
    .regex(/^\S+$/u, 'must be the access token of the bot’s account, one word')
    .optional(),
  MATRIX_PREFIX: z
    .string()
    .regex(/^\S{1,32}$/u, 'must be one word of at most 32 characters, such as !tocsin')
    .default('!tocsin'),
};
