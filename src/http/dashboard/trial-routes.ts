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
    return reply.type('text/html; charset=utf-8').send(markup(page));
  };
