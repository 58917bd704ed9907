import { severityOf } from '#src/domain/alert.ts';
import type { ServiceHealth } from '#src/domain/finding.ts';
import { recipientName } from '#src/domain/room.ts';
import { type Content, type Html, html } from '#src/html.ts';

import { fleetView } from './fleet-view.ts';
import { tableView } from './message-view.ts';
import { documentView } from './page-view.ts';
import type { Status } from './status.ts';

/** How things stand: tables to read; deeds are done in the chat. */
export function statusPage(status: Status): Html {
  const { network, operator, platforms, alerts, rolls, glance, health, requests, deliveries, audit } = status;
  return documentView(
    `Tocsin · ${network}`,
    html`<header class="top">
        <h1><span aria-hidden="true">🔔</span> Tocsin</h1>
        <span>${network}</span>
        <form class="leave" method="post" action="/sign-out">
          <span>${operator.id}, ${operator.role}</span> <button>Sign out</button>
        </form>
      </header>
      <main class="sheet">
        ${section(
          'Alerts',
          ['state', 'severity', 'alert', 'where', 'since', 'acknowledged by'],
          alerts,
          (alert) => [
            dot(
              alert.status === 'resolved'
                ? 'good'
                : severityOf(alert) === 'critical'
                  ? 'critical'
                  : 'warning',
              alert.status,
            ),
            severityOf(alert),
            alert.labels['alertname'] ?? alert.id,
            alert.labels['node'] ?? alert.labels['seat'],
            when(alert.startsAt),
            alert.acknowledgedBy,
          ],
        )}
        ${section('Platforms', ['state', 'platform', 'since', 'why', 'its status page'], platforms, (one) => [
          one.condition.up ? dot('good', 'up') : dot('critical', 'down'),
          one.name,
          one.condition.up ? undefined : when(one.condition.since.toISOString()),
          one.condition.up ? undefined : one.condition.why,
          one.reported?.words,
        ])}
        ${section(
          'Notices',
          ['state', 'severity', 'subject', 'answered', 'proven', 'contradicted', 'sent'],
          rolls,
          ({ notice, totals: { seats, missing, proven, contradicted } }) => [
            notice.state,
            notice.severity,
            html`<a href="/notices/${notice.id}">${notice.subject}</a>`,
            `${seats - missing} of ${seats}`,
            proven,
            contradicted,
            when(notice.sentAt),
          ],
        )}
        <section>
          <h2>Fleet</h2>
          ${fleetView(glance)}
        </section>
        ${section(
          'Nodes',
          ['state', 'node', 'service', 'seen', 'what is wrong'],
          health,
          ({ target, last, state }) => [
            dot(MOODS[state], state),
            target.node.id,
            target.service.id,
            when(last?.at),
            wrongs(last),
          ],
        )}
        ${section(
          'Remedies',
          ['state', 'remedy', 'node', 'service', 'asked by', 'approved by', 'at', 'log'],
          requests,
          (request) => [
            request.state,
            request.remedy,
            request.node,
            request.service,
            request.requestedBy,
            request.approvedBy.join(', '),
            when(request.requestedAt),
            request.run && html`<a href="/api/remedies/${request.id}/log">log</a>`,
          ],
        )}
        ${section('Deliveries', ['state', 'about', 'to', 'over', 'at', 'why'], deliveries, (delivery) => [
          delivery.state,
          delivery.cause,
          recipientName(delivery.to),
          delivery.platform,
          when(delivery.deliveredAt ?? delivery.queuedAt),
          delivery.reason,
        ])}
        ${
          audit &&
          section('Audit', ['at', 'who', 'what', 'about'], audit, ({ at, who, what, about }) => [
            when(at),
            who,
            what,
            about,
          ])
        }
      </main>`,
  );
}

const MOODS = { up: 'good', unknown: 'neutral', degraded: 'warning', down: 'critical' } as const;

/** A colour with its word: the colour alone says nothing to some. */
const dot = (mood: 'good' | 'neutral' | 'warning' | 'critical', word: string): Html =>
  html`<span class="dot ${mood}" aria-hidden="true"></span> ${word}`;

const when = (at: string | undefined): Content =>
  at && html`<time datetime="${at}">${at.slice(0, 16).replace('T', ' ')} UTC</time>`;

const wrongs = (seen: ServiceHealth | undefined): string =>
  (seen?.results ?? []).flatMap(({ finding }) => (finding.state === 'up' ? [] : [finding.why])).join('; ');

function section<T>(
  title: string,
  head: readonly string[],
  rows: readonly T[],
  cells: (row: T) => readonly Content[],
): Html {
  return html`<section>
    <h2>${title}</h2>
    ${rows.length === 0 ? html`<p class="hint">Nothing.</p>` : tableView(head, rows.map(cells))}
  </section>`;
}

/** What somebody sees who is not signed in. */
export const strangerPage = (words?: string): Html =>
  documentView(
    'Tocsin',
    html`<main class="sheet">
      <h1><span aria-hidden="true">🔔</span> Tocsin</h1>
      ${words && html`<p role="alert">${words}</p>`}
      <p>
        This page needs a sign-in. Type <code>dashboard</code> to Tocsin in your chat: it sends you a link
        that signs you in.
      </p>
    </main>`,
  );

/** Signing in takes a press: programs that look at links in chats use none of them up. */
export const signInPage = (invitation: string): Html =>
  documentView(
    'Sign in · Tocsin',
    html`<main class="sheet">
      <h1><span aria-hidden="true">🔔</span> Tocsin</h1>
      <form method="post" action="/sign-in">
        <input type="hidden" name="invitation" value="${invitation}" />
        <button class="primary">Sign in</button>
      </form>
    </main>`,
  );
