import type { FastifyInstance } from 'fastify';

import { type Passage, type Runbook, RUNBOOK_PATH, type Runbooks, type Span } from '#src/domain/runbook.ts';
import { type Content, type Html, html, linkable, markup } from '#src/html.ts';

import { PAGE_HEADERS } from './headers.ts';
import { documentView } from './page-view.ts';

const INDEX = 'README';

/** A fastify plugin: the page of each alert, where its link leads. Open to everybody: the same stands in the repository. */
export const runbookRoutes =
  (runbooks: Runbooks) =>
  async (app: FastifyInstance): Promise<void> => {
    app.get<{ Params: { name?: string } }>(`${RUNBOOK_PATH}/:name?`, async (request, reply) => {
      const { name = INDEX } = request.params;
      const runbook = runbooks.get(name || INDEX);
      const page = runbook ? runbookPage(runbook, runbooks) : nothingPage(name);
      return reply
        .code(runbook ? 200 : 404)
        .headers(PAGE_HEADERS)
        .type('text/html; charset=utf-8')
        .send(markup(page));
    });
  };

const sheet = (title: string, body: Content): Html =>
  documentView(
    `${title} · Tocsin`,
    html`<header class="top">
        <h1><a href="${RUNBOOK_PATH}">🔔 Tocsin: what to do</a></h1>
      </header>
      <main class="sheet runbook">
        <h2>${title}</h2>
        ${body}
      </main>`,
  );

const runbookPage = ({ title, passages }: Runbook, runbooks: Runbooks): Html =>
  sheet(
    title,
    passages.map((passage) => passageView(passage, runbooks)),
  );

const nothingPage = (name: string): Html =>
  sheet(name, html`<p>There is no page about it. <a href="${RUNBOOK_PATH}">All alerts</a></p>`);

function passageView(passage: Passage, runbooks: Runbooks): Html {
  const words = (spans: readonly Span[]): Content => spans.map((span) => spanView(span, runbooks));
  switch (passage.kind) {
    case 'heading':
      return html`<h3>${passage.text}</h3>`;
    case 'words':
      return html`<p>${words(passage.spans)}</p>`;
    case 'code':
      return html`<pre>${passage.code}</pre>`;
    case 'list': {
      const items = passage.items.map((item) => html`<li>${words(item)}</li>`);
      if (passage.ordered)
        return html`<ol>
          ${items}
        </ol>`;
      return html`<ul>
        ${items}
      </ul>`;
    }
  }
}

function spanView(span: Span, runbooks: Runbooks): Content {
  switch (span.kind) {
    case 'plain':
      return span.text;
    case 'code':
      return html`<code>${span.text}</code>`;
    case 'strong':
      return html`<strong>${span.text}</strong>`;
    case 'link': {
      const address = addressOf(span.to, runbooks);
      return address ? html`<a href="${address}">${span.text}</a>` : span.text;
    }
  }
}

/** Only the alerts' pages are served: what leads to others of the repository stays words. */
function addressOf(to: string, runbooks: Runbooks): string | undefined {
  const [, name = ''] = /^(\w+)\.md$/.exec(to) ?? [];
  if (!runbooks.has(name)) return linkable(to);
  return name === INDEX ? RUNBOOK_PATH : `${RUNBOOK_PATH}/${name}`;
}
