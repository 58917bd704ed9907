import type { AddressInfo } from 'node:net';

import type { FastifyInstance } from 'fastify';

import { UserError, wordsOf } from '#src/domain/errors.ts';

export interface HttpServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** How long a request that is being answered may take when we end. */
const CLOSE_MS = 2_000;

const WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has it: set HTTP_PORT to a free one',
  EACCES: 'this user may not use that port: set HTTP_PORT to one above 1023',
  EADDRNOTAVAIL: 'this machine does not have that address: set HTTP_HOST to one it has',
  ENOTFOUND: 'there is no such host: set HTTP_HOST to an address of this machine',
  EAI_AGAIN: 'the host cannot be looked up: set HTTP_HOST to an address of this machine',
};

/** Listens. Throws UserError when the address cannot be had. Disposal lets what is being answered finish, bounded. */
export async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    await app.close();
    if (!WORDS[code]) throw error;
    throw new UserError(`Cannot listen on ${host} port ${port}: ${WORDS[code] ?? wordsOf(error)}.`);
  }
  const { address, port: given, family } = app.server.address() as AddressInfo;
  const name = family === 'IPv6' ? `[${address}]` : address;
  return {
    url: `http://${name}:${given}`,
    port: given,
    async [Symbol.asyncDispose]() {
      const late = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS);
      await app.close().finally(() => clearTimeout(late));
    },
  };
}
