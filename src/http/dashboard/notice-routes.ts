import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { Fleets } from '#src/domain/fleet.ts';
import type { Broadcast } from '#src/domain/notice.ts';
import type { Operator } from '#src/domain/operator.ts';
import { coinsAmong, filtered, type RollFilter, SHOWS } from '#src/domain/progress.ts';
import { type Html, html, markup } from '#src/html.ts';

import { noticePage } from './notice-view.ts';
import { documentView } from './page-view.ts';

interface NoticePageParts {
  readonly fleets: Fleets;
  readonly broadcast: Pick<Broadcast, 'rollCall'>;
  /** Who looks; undefined: a stranger, who is shown nothing. */
  readonly viewer: (request: FastifyRequest) => Promise<Operator | undefined>;
  readonly stranger: () => Html;
  /** False where the API takes no session: CSV and JSON cannot be had by a link. */
  readonly hasRecord?: boolean | undefined;
}

const Word = z.string().max(100).optional().catch(undefined);
/** What the address does not name, or names wrongly, filters nothing. */
const Query = z.object({ show: z.enum(SHOWS).optional().catch(undefined), region: Word, coin: Word });

/** The page of one notice, with all of its seats. */
export function noticeRoutes(app: FastifyInstance, parts: NoticePageParts): void {
  const { fleets, broadcast, viewer, stranger, hasRecord = true } = parts;
  app.get<{ Params: { id: string } }>('/notices/:id', async (request, reply) => {
    const operator = await viewer(request);
    if (!operator) return show(reply.code(401), stranger());
    const roll = await broadcast.rollCall(request.params.id);
    if (!roll) return show(reply.code(404), nothingPage());
    const fleet = fleets.current();
    const filter: RollFilter = Query.parse(request.query);
    const shown = filtered(fleet, roll.entries, filter);
    const coins = coinsAmong(fleet, roll.entries);
    return show(reply, noticePage({ roll, shown, filter, coins, operator, hasRecord, now: new Date() }));
  });
}

const nothingPage = (): Html =>
  documentView(
    'Tocsin',
    html`<main class="sheet">
      <p>There is no such notice.</p>
      <p><a href="/">Back</a></p>
    </main>`,
  );

const show = (reply: FastifyReply, page: Html): FastifyReply =>
  reply.type('text/html; charset=utf-8').send(markup(page));
