import type { FastifyReply, FastifyRequest } from 'fastify';

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/u;
const OWN_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/u;

const READING = new Set(['GET', 'HEAD']);

/** Who may reach the open page: this machine, or whoever reaches a port that is published to this machine only. */
export type Reach = 'loopback' | 'published';

/**
 * Keeps the open page to people at this machine. A foreign web page in their browser can neither press
 * a button (the origin is not ours) nor read (a name that was rebound to this machine is not our host).
 */
export const guard = (reach: Reach) => async (request: FastifyRequest, reply: FastifyReply) => {
  const why = refusal(request, reach);
  if (why) await reply.code(403).type('text/plain; charset=utf-8').send(why);
};

function refusal(request: FastifyRequest, reach: Reach): string | undefined {
  if (reach === 'loopback' && !LOOPBACK.test(request.socket.remoteAddress ?? '')) {
    return 'The trial page answers on this machine only.\n';
  }
  const { host = '', origin, 'sec-fetch-site': site } = request.headers;
  if (!OWN_HOST.test(host)) return 'Open the trial page as localhost or 127.0.0.1.\n';
  if (READING.has(request.method)) return undefined;
  const isOwn = origin === `http://${host}` && (site === undefined || site === 'same-origin');
  return isOwn ? undefined : 'This was not sent by the trial page itself.\n';
}
