import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { hasRole, type Operator } from '#src/domain/operator.ts';
import type { Sessions } from '#src/domain/session.ts';
import { type Html, markup } from '#src/html.ts';

import { assetRoutes } from './assets.ts';
import { sessionCookie, sessionIn } from './cookie.ts';
import { type Form, readForms } from './form.ts';
import { PAGE_HEADERS } from './headers.ts';
import { noticeRoutes } from './notice-routes.ts';
import { readStatus, type StatusSources } from './status.ts';
import { signInPage, statusPage, strangerPage } from './status-view.ts';

export interface StatusPageParts extends StatusSources {
  readonly sessions: Sessions;
  /** The page's cookie then travels over TLS only, where this begins with https. */
  readonly publicUrl?: string | undefined;
}

/** Where an invitation leads. */
export const signInAddress = (base: string, invitation: string): string =>
  `${base.replace(/\/$/u, '')}/sign-in?invitation=${encodeURIComponent(invitation)}`;

/** Who is signed in with this request: somebody who is in the fleet now. */
export const signedInOf =
  ({ sessions, fleets }: Pick<StatusPageParts, 'sessions' | 'fleets'>) =>
  async (request: FastifyRequest): Promise<Operator | undefined> => {
    const session = sessionIn(request);
    const id = session && (await sessions.whose(session));
    return id ? fleets.current().operator(id) : undefined;
  };

/** For `/api`: whoever may read the audit may read all of it. */
export const mayReadApi =
  (parts: Pick<StatusPageParts, 'sessions' | 'fleets'>) =>
  async (request: FastifyRequest): Promise<boolean> => {
    const operator = await signedInOf(parts)(request);
    return operator !== undefined && hasRole(operator.role, 'notary');
  };

/** A fastify plugin: the status page at `/`, for people who signed in. */
export const statusRoutes =
  (parts: StatusPageParts) =>
  async (app: FastifyInstance): Promise<void> => {
    const { sessions, publicUrl } = parts;
    const isSecure = publicUrl?.startsWith('https:') ?? false;
    const signedIn = signedInOf(parts);
    readForms(app);
    assetRoutes(app);
    app.addHook('onRequest', async (request, reply) => {
      reply.headers(PAGE_HEADERS);
      if (request.method === 'POST' && !isOwn(request)) {
        await reply
          .code(403)
          .type('text/plain; charset=utf-8')
          .send('This was not sent by this page itself.\n');
      }
    });

    app.get('/', async (request, reply) => {
      const operator = await signedIn(request);
      if (!operator) return show(reply.code(401), strangerPage());
      return show(reply, statusPage(await readStatus(parts, operator, new Date())));
    });
    noticeRoutes(app, { ...parts, viewer: signedIn, stranger: strangerPage });
    app.get<{ Querystring: { invitation?: string } }>('/sign-in', async (request, reply) =>
      show(reply, signInPage(request.query.invitation ?? '')),
    );
    app.post<{ Body: Form | undefined }>('/sign-in', async (request, reply) => {
      const session = await sessions.enter(request.body?.['invitation'] ?? '');
      if (!session) return show(reply.code(401), strangerPage('This link was used already, or is too old.'));
      return reply.header('set-cookie', sessionCookie(session, isSecure)).redirect('/', 303);
    });
    app.post('/sign-out', async (request, reply) => {
      const session = sessionIn(request);
      if (session) await sessions.leave(session);
      return reply.header('set-cookie', sessionCookie('', isSecure)).redirect('/', 303);
    });
  };

const show = (reply: FastifyReply, page: Html): FastifyReply =>
  reply.type('text/html; charset=utf-8').send(markup(page));

/** A browser names where a form stood; a foreign page cannot name ours. */
function isOwn({ headers: { origin, host } }: FastifyRequest): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}
