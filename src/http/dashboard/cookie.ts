import type { FastifyRequest } from 'fastify';

const NAME = 'tocsin';
const SECONDS = 12 * 3600;

/** The session's secret that the browser sent. */
export function sessionIn({ headers }: FastifyRequest): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === NAME)?.[1];
}

/** Keeps the session's secret from scripts and from every other site; an empty one takes it away. */
export const sessionCookie = (session: string, isSecure: boolean): string =>
  [
    `${NAME}=${session}`,
    'Path=/',
    `Max-Age=${session === '' ? 0 : SECONDS}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(isSecure ? ['Secure'] : []),
  ].join('; ');
