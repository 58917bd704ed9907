import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

import type { Console } from '#src/domain/console.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { OperatorId } from '#src/domain/operator.ts';
import { html, markup } from '#src/html.ts';

import { assetRoutes } from './assets.ts';
import { daemonsView } from './daemons-view.ts';
import { type Form, readForms } from './form.ts';
import { guard, type Reach } from './guard.ts';
import { guideView } from './guide-view.ts';
import { PAGE_HEADERS } from './headers.ts';
import { createLive } from './live.ts';
import { noticeRoutes } from './notice-routes.ts';
import { documentView, trialPage } from './page-view.ts';
import { readStory, type StorySources } from './story.ts';
import type { Trial } from './trial.ts';
import { addressOf, type Viewer, viewerOf } from './viewer.ts';

export interface TrialPageParts extends Omit<StorySources, 'trial'> {
  readonly trial: Trial;
  readonly console: Console;
  readonly fleets: Fleets;
  readonly logger: Logger;
  readonly reach?: Reach | undefined;
}

type Query = Readonly<Record<string, unknown>>;

/** A fastify plugin: the open page of the trial at `/`. */
export const trialRoutes =
  (parts: TrialPageParts) =>
  async (app: FastifyInstance): Promise<void> => {
    const { trial, console, fleets, logger } = parts;
    const story = () => readStory(parts);
    const live = createLive({ console, trial, story, logger });

    const needViewer = (query: Query): Viewer => {
      const viewer = viewerOf(fleets.current(), query);
      if (!viewer) throw new UserError('The fleet has nobody who could use this page.');
      return viewer;
    };

    app.addHook('onRequest', guard(parts.reach ?? 'loopback'));
    app.addHook('onRequest', async (_request, reply) => {
      reply.headers(PAGE_HEADERS);
    });
    app.addHook('preClose', async () => live.end());
    readForms(app);
    app.setErrorHandler((error, request, reply) => {
      if (error instanceof UserError) return refuse(request, reply, error);
      throw error;
    });
    assetRoutes(app);

    app.get<{ Querystring: Query }>('/', async (request, reply) => {
      const viewer = needViewer(request.query);
      const reader = viewer.operator.id;
      const read = await Promise.all(
        viewer.places.map(async ({ channel }) => [channel, await console.read(reader, channel)] as const),
      );
      const posts = new Map(read);
      const page = trialPage({
        viewer,
        posts: posts.get(viewer.place.channel) ?? [],
        latest: Object.fromEntries(read.map(([channel, list]) => [channel, list.at(-1)?.at])),
        guide: guideView(await story(), viewer),
        daemons: daemonsView(trial.daemons(), viewer),
      });
      return reply.type('text/html; charset=utf-8').send(markup(page));
    });

    noticeRoutes(app, {
      ...parts,
      viewer: async (request) => needViewer(request.query as Query).operator,
      stranger: () => html``,
      hasRecord: false,
    });

    app.get<{ Querystring: Query }>('/trial/live', async (request, reply) => {
      const viewer = needViewer(request.query);
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
      });
      if (!live.open(reply.raw, viewer)) reply.raw.end();
    });

    app.get<{ Querystring: Query }>('/trial/complete', async (request) => {
      const { operator } = needViewer(request.query);
      const typed = request.query['typed'];
      return console.complete(operator.id, typeof typed === 'string' ? typed.slice(0, 500) : '');
    });

    const action = (path: string, act: (form: Form, by: OperatorId, channel: string) => Promise<void>) =>
      app.post<{ Body: Form | undefined }>(path, async (request, reply) => {
        const form = request.body ?? {};
        const { operator } = needViewer(form);
        if (operator.id !== form['as']) throw new UserError('Say who you are: choose a person.');
        await act(form, operator.id, form['in'] ?? '');
        return byScript(request)
          ? reply.code(204).send()
          : reply.redirect(addressOf(operator.id, form['in']), 303);
      });

    action('/trial/say', (form, by, channel) => console.say(by, channel, form['line'] ?? ''));
    action('/trial/press', (form, by, channel) =>
      console.press(by, channel, form['post'] ?? '', form['choice'] ?? ''),
    );
    action('/trial/flip', (form) => trial.flip(form['daemon'] ?? '', form['switch'] ?? ''));
  };

/** The page's script asks for nothing to show; a browser without it asks for a page. */
const byScript = (request: FastifyRequest): boolean => !request.headers.accept?.includes('text/html');

function refuse(request: FastifyRequest, reply: FastifyReply, { message }: UserError): FastifyReply {
  reply.code(422);
  if (byScript(request)) return reply.type('text/plain; charset=utf-8').send(message);
  const page = documentView(
    'Tocsin',
    html`<main class="sheet">
      <p>${message}</p>
      <p><a href="/">Back</a></p>
    </main>`,
  );
  return reply.type('text/html; charset=utf-8').send(markup(page));
}
