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
import { MILESTONES, milestoneRows, reportOf } from '#src/domain/report.ts';
import { isMissing, type RollCall, type RollEntry } from '#src/domain/roll.ts';
import { inMinutes } from '#src/domain/time.ts';
import { ruleWords } from '#src/domain/version.ts';
import { type Content, type Html, html, linkable } from '#src/html.ts';

import { tableView } from './message-view.ts';
import { documentView } from './page-view.ts';

/** What the page of a notice shows. */
export interface NoticePage {
  readonly roll: RollCall;
  /** The seats that the filter lets through. */
  readonly shown: readonly RollEntry[];
  readonly filter: RollFilter;
  readonly coins: readonly string[];
  readonly operator: Operator;
  readonly hasRecord: boolean;
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
        ${progressView(page)} ${factsView(page)} ${reportView(roll)} ${filtersView(page)}
        <p class="hint">
          ${`${shown.length} of ${entries.length} seats, as of ${inMinutes(page.now.toISOString())}`}
          ${page.hasRecord && hasRole(operator.role, 'notary') && html`· ${recordLinks(notice.id)}`}
        </p>
        ${seatsView(shown)}
      </main>`,
  );
}

const recordLinks = (id: string): Html =>
  html`for the record: <a href="/api/notices/${id}.csv">CSV</a>, <a href="/api/notices/${id}">JSON</a>`;

function factsView({ roll }: NoticePage): Html {
  const { notice } = roll;
  const facts: readonly (readonly [string, Content])[] = [
    ['State', `${notice.severity}, ${notice.state}${notice.reason ? `: ${notice.reason}` : ''}`],
    ['Version', notice.version],
    ['Commit', notice.commit],
    ['Deadline', deadlineWords(roll)],
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
    </dl>
    <p class="hint">Proof: ${roll.proof ?? ruleWords(notice)}.</p>`;
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

function progressView({ roll, now }: NoticePage): Html {
  const { entries } = roll;
  const left = leftWords(roll, now);
  const counts = partsOf(entries);
  const answered = entries.filter((entry) => !isMissing(entry)).length;
  let x = 0;
  const pieces = PARTS.map((part) => {
    const piece = html`<rect class="part ${part}" x="${x}" width="${counts[part]}" height="1" />`;
    x += counts[part];
    return piece;
  });
  return html`<p class="answered">
      <b>${answered}</b> of ${entries.length} seats have answered
      ${left && html`· <strong class="${left.startsWith('overdue') && 'late'}">${left}</strong>`}
    </p>
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

/** How long it took, once it is over. */
function reportView(roll: RollCall): Content {
  const { sentAt, endedAt } = roll.notice;
  if (sentAt === undefined || endedAt === undefined) return undefined;
  return tableView(MILESTONES, milestoneRows(reportOf(roll)));
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
  const { seat, region } = entry;
  const part = partOf(entry);
  return html`<tr>
    <th scope="row">${seat} ${region && !seat.endsWith(region) && html`<small>${region}</small>`}</th>
    <td>${partView(part, PART_WORDS[part])}</td>
    <td>${reachedView(entry)}</td>
    <td>${answerView(entry)}</td>
    <td>${runningView(entry)}</td>
  </tr>`;
}

/** Month, day and minute, in UTC: the year stands above. */
const shortTime = (iso: string): Html => html`<time datetime="${iso}">${inMinutes(iso).slice(5, 16)}</time>`;

const reachedView = ({ reachedBy, reachedOn, reachedAt }: RollEntry): Content =>
  reachedAt && html`${reachedBy} <small>${reachedOn}, ${shortTime(reachedAt)}</small>`;

function answerView(entry: RollEntry): Content {
  const { answer, answeredBy, acknowledgedBy, answeredAt, acknowledgedAt, reason, promise, escalations } =
    entry;
  const at = answeredAt ?? acknowledgedAt;
  const last = escalations.at(-1);
  return [
    at && html`${answer ?? 'seen'} <small>${answeredBy ?? acknowledgedBy}, ${shortTime(at)}</small>`,
    reason && html`<small class="reason">${reason}</small>`,
    promise &&
      html`<small class="reason"
        >${promise.by} asked for time until
        ${shortTime(promise.until)}${promise.isBroken && ', and broke it'}</small
      >`,
    last && html`<small class="reason">escalated to ${last.to}, ${shortTime(last.at)}</small>`,
  ];
}

function runningView({ contradiction, provenAt, running = [] }: RollEntry): Content {
  if (contradiction !== undefined) return html`<b class="late">${contradiction}</b>`;
  return [
    provenAt && html`proven <small>${shortTime(provenAt)}</small> `,
    ...running.map(({ service, seen }) => html`<small class="reason">${service}: ${seen}</small>`),
  ];
}
