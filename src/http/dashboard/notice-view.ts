import { deadlineWords, leftWords } from '#src/domain/deadline.ts';
import { type Operator, hasRole } from '#src/domain/operator.ts';
import {
  type Part,
  PART_WORDS,
  partOf,
  PARTS,
  partsOf,
  type RollFilter,
  SHOWS,
} from '#src/domain/progress.ts';
import { isMissing, NO_REGION, type RollCall, type RollEntry } from '#src/domain/roll.ts';
import { inMinutes } from '#src/domain/time.ts';
import { type Content, type Html, html, linkable } from '#src/html.ts';

import { documentView } from './page-view.ts';

/** What the page of a notice shows. */
export interface NoticePage {
  readonly roll: RollCall;
  /** The seats that the filter lets through. */
  readonly shown: readonly RollEntry[];
  readonly filter: RollFilter;
  readonly coins: readonly string[];
  readonly operator: Operator;
  readonly now: Date;
}

/** All seats of a notice and where each stands: to be read on a phone, too. */
export function noticePage(page: NoticePage): Html {
  const { roll, shown, operator } = page;
  const { notice, entries } = roll;
  return documentView(
    `${notice.subject} · Tocsin`,
    html`<header class="top">
        <h1><a href="/">🔔 Tocsin</a></h1>
        <span class="leave">${operator.id}, ${operator.role}</span>
      </header>
      <main class="sheet notice">
        <h2>${notice.subject}</h2>
        ${factsView(page)} ${progressView(entries)} ${filtersView(page)}
        <p class="hint">
          ${`${shown.length} of ${entries.length} seats, as of ${inMinutes(page.now.toISOString())}`}
          ${hasRole(operator.role, 'notary') && html`· ${recordLinks(notice.id)}`}
        </p>
        ${seatsView(shown)}
      </main>`,
  );
}

const recordLinks = (id: string): Html =>
  html`for the record: <a href="/api/notices/${id}.csv">CSV</a>, <a href="/api/notices/${id}">JSON</a>`;

function factsView({ roll, now }: NoticePage): Html {
  const { notice } = roll;
  const left = leftWords(roll, now);
  const facts: readonly (readonly [string, Content])[] = [
    ['State', `${notice.severity}, ${notice.state}${notice.reason ? `: ${notice.reason}` : ''}`],
    ['Version', notice.version],
    ['Commit', notice.commit],
    ['Deadline', deadlineWords(roll)],
    ['Time', left && html`<b class="${left.startsWith('overdue') ? 'late' : ''}">${left}</b>`],
    ['Sent', notice.sentAt && inMinutes(notice.sentAt)],
    ['By', [notice.createdBy, notice.confirmedBy].filter(Boolean).join(', confirmed by ')],
    [
      'Superseded by',
      notice.supersededBy && html`<a href="/notices/${notice.supersededBy}">${notice.supersededBy}</a>`,
    ],
    ['Details', linkOf(notice.url)],
  ];
  return html`<dl class="facts">
    ${facts
      .filter(([, value]) => value)
      .map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
  </dl>`;
}

function linkOf(url: string | undefined): Content {
  const href = url === undefined ? undefined : linkable(url);
  return href && html`<a href="${href}" rel="noreferrer noopener" target="_blank">${new URL(href).host}</a>`;
}

/** A sign of its own for each part: the colour alone says nothing to some. */
const SIGNS: Readonly<Record<Part, string>> = {
  proven: '✔',
  answered: '●',
  cannot: '▲',
  contradicted: '✖',
  reached: '○',
  open: '–',
};

const partView = (part: Part, words: Content): Html =>
  html`<span class="part ${part}"><span aria-hidden="true">${SIGNS[part]}</span> ${words}</span>`;

function progressView(entries: readonly RollEntry[]): Html {
  const counts = partsOf(entries);
  const answered = entries.filter((entry) => !isMissing(entry)).length;
  let x = 0;
  const pieces = PARTS.map((part) => {
    const piece = html`<rect class="part ${part}" x="${x}" width="${counts[part]}" height="1" />`;
    x += counts[part];
    return piece;
  });
  return html`<p class="answered"><b>${answered}</b> of ${entries.length} seats have answered</p>
    <svg
      class="bar"
      viewBox="0 0 ${Math.max(1, entries.length)} 1"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      ${pieces}
    </svg>
    <ul class="legend">
      ${PARTS.filter((part) => counts[part] > 0).map(
        (part) => html`<li>${partView(part, `${counts[part]} ${PART_WORDS[part]}`)}</li>`,
      )}
    </ul>`;
}

function filtersView({ roll: { notice, entries }, filter, coins }: NoticePage): Html {
  const regions = [...new Set(entries.map(({ region }) => region))].filter((region) => region !== undefined);
  const chips = (name: keyof RollFilter, values: readonly string[], none: string): Content =>
    values.length > 1 &&
    html`<nav class="chips" aria-label="${name}">
      ${[undefined, ...values].map(
        (value) =>
          html`<a
            href="${addressOf(notice.id, { ...filter, [name]: value })}"
            ${filter[name] === value && html`aria-current="true"`}
            >${value ?? none}</a
          >`,
      )}
    </nav>`;
  return html`${chips(
    'show',
    SHOWS.filter((show) => show !== 'all'),
    'all seats',
  )}
  ${chips('region', regions.toSorted(), 'all regions')} ${chips('coin', coins, 'all coins')}`;
}

function addressOf(id: string, filter: RollFilter): string {
  const set = Object.entries(filter).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  const query = new URLSearchParams(set).toString();
  return `/notices/${encodeURIComponent(id)}${query && `?${query}`}`;
}

const seatsView = (entries: readonly RollEntry[]): Html =>
  entries.length === 0
    ? html`<p class="hint">No seat is in this part.</p>`
    : html`<table class="seats">
        <thead>
          <tr>
            ${['seat', 'stands', 'reached', 'answer', 'seen running'].map((head) => html`<th scope="col">${head}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${entries.map(seatView)}
        </tbody>
      </table>`;

function seatView(entry: RollEntry): Html {
  const part = partOf(entry);
  return html`<tr>
    <th scope="row">${entry.seat} <small>${entry.region ?? NO_REGION}</small></th>
    <td>${partView(part, PART_WORDS[part])}</td>
    <td>
      ${entry.reachedAt && html`${entry.reachedBy} <small>${entry.reachedOn}, ${inMinutes(entry.reachedAt)}</small>`}
    </td>
    <td>${answerView(entry)}</td>
    <td>${runningView(entry)}</td>
  </tr>`;
}

function answerView(entry: RollEntry): Content {
  const { answer, answeredBy, acknowledgedBy, answeredAt, acknowledgedAt, reason, promise, escalations } =
    entry;
  const at = answeredAt ?? acknowledgedAt;
  const last = escalations.at(-1);
  return [
    at && html`${answer ?? 'seen'} <small>${answeredBy ?? acknowledgedBy}, ${inMinutes(at)}</small>`,
    reason && html`<small class="reason">${reason}</small>`,
    promise && html`<small class="reason">promised for ${inMinutes(promise.until)}</small>`,
    last && html`<small class="reason">escalated to ${last.to}</small>`,
  ];
}

function runningView({ contradiction, provenAt, running = [] }: RollEntry): Content {
  if (contradiction !== undefined) return html`<b class="late">${contradiction}</b>`;
  if (provenAt !== undefined) return html`proven <small>${inMinutes(provenAt)}</small>`;
  return running.map(({ service, seen }) => html`<small>${service}: ${seen}</small> `);
}
