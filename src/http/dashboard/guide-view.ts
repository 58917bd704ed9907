import { type Content, type Html, html } from '#src/html.ts';

import { type Chapter, CHAPTERS, type Story } from './story.ts';
import { addressOf, type Viewer } from './viewer.ts';

interface Step {
  readonly title: string;
  readonly how: (story: Story, viewer: Viewer) => Content;
}

const OPS = 'room:ops';
const NOTARIES = 'room:notaries';
/** The daemon that the guide suggests to break: alice and bob both hold its seat. */
const VICTIM = 'alright-dev-main/KMD';
const DEADLINE_IN_MS = 2 * 24 * 3600 * 1000;

const announcement = (): string => {
  const day = new Date(Date.now() + DEADLINE_IN_MS).toISOString().slice(0, 10);
  return `notice announce "Komodo 0.9.2" version=v0.9.2 time=${day}T12:00:00Z audience=coins=KMD Update before the deadline.`;
};

const STEPS: Readonly<Record<Chapter, Step>> = {
  break: {
    title: 'Break a daemon',
    how: (_, viewer) =>
      html`<p>Stop one that belongs to alice and bob.</p>
        ${flip(viewer, VICTIM, 'stop', 'Stop alright-dev-main KMD')}`,
  },
  alert: {
    title: 'The bell rings',
    how: (_, viewer) =>
      html`<p>
        The patrol looks every 5 seconds. The alert comes to ${go(viewer, 'alice', OPS, '#ops')} and, as a
        direct message, to the seat’s operators.
      </p>`,
  },
  acknowledge: {
    title: 'Acknowledge it',
    how: (_, viewer) =>
      html`<p>
        As ${go(viewer, 'alice', OPS, 'alice in #ops')}: press <i>Acknowledge</i> under the alert. Everybody
        sees who has taken it.
      </p>`,
  },
  request: {
    title: 'Ask for the remedy',
    how: (_, viewer) =>
      html`<p>
        Under the same alert, ${go(viewer, 'alice', OPS, 'alice')} presses <i>Request restart-chain</i>.
        Nothing runs yet.
      </p>`,
  },
  approve: {
    title: 'A second person approves',
    how: ({ requestedBy = 'alice' }, viewer) => {
      const second = requestedBy === 'bob' ? 'alice' : 'bob';
      return html`<p>
        Nobody approves their own request. Be ${go(viewer, second, OPS, `${second} in #ops`)} and press
        <i>Approve</i>.
      </p>`;
    },
  },
  resolve: {
    title: 'Done, verified, resolved',
    how: () =>
      html`<p>
        The daemon starts, blocks come in again, and the first message says so: it is edited, not repeated.
      </p>`,
  },
  announce: {
    title: 'Announce a mandatory update',
    how: (_, viewer) =>
      html`<p>A coordinator drafts it, in ${go(viewer, 'carol', NOTARIES, '#notaries as carol')}:</p>
        ${type({ viewer, as: 'carol', line: announcement() })}`,
  },
  confirm: {
    title: 'Another coordinator confirms',
    how: ({ announcedBy = 'carol' }, viewer) => {
      const other = announcedBy === 'dave' ? 'carol' : 'dave';
      return html`<p>
        It reaches people only after a second look. Be ${go(viewer, other, OPS, `${other} in #ops`)} and press
        <i>Send it</i>.
      </p>`;
    },
  },
  answer: {
    title: 'The roll is called',
    how: ({ counts, sent }, viewer) =>
      html`<p>
        Answer as ${go(viewer, 'alice', 'direct:alice', 'alice')} or
        ${go(viewer, 'frank', 'direct:frank', 'frank')}: <i>I’m on it</i>, or <i>done</i>.
        ${counts && html`<b>${counts.acknowledged} of ${counts.seats}</b> seats have.`} ${seats(sent, viewer)}
      </p>`,
  },
  prove: {
    title: 'A node proves it',
    how: ({ sent }, viewer) =>
      html`<p>
          Said is not done: Tocsin looks. Update a daemon, as its operators would, and nobody has to say
          anything. ${seats(sent, viewer)}
        </p>
        ${flip(viewer, VICTIM, 'update', 'Update alright-dev-main KMD')}`,
  },
};

/** The two minutes, step by step; what happened is ticked off. */
export function guideView(story: Story, viewer: Viewer): Html {
  const current = CHAPTERS.find((chapter) => !story.done.has(chapter));
  const title = current ? STEPS[current].title : 'That was all of it';
  return html`<section id="guide" class="panel" aria-labelledby="guide-title">
    <h2 id="guide-title">Two minutes <span class="count">${story.done.size} of ${CHAPTERS.length}</span></h2>
    <p class="visually-hidden" role="status">Next: ${title}</p>
    <ol class="steps">
      ${CHAPTERS.map((chapter, index) => {
        const isDone = story.done.has(chapter);
        const state = isDone ? 'done' : chapter === current ? 'current' : 'ahead';
        return html`<li
          id="step-${chapter}"
          class="${state}"
          ${state === 'current' && html`aria-current="step"`}
        >
          <span class="number" aria-hidden="true">${isDone ? '✓' : index + 1}</span>
          <span class="step"
            >${STEPS[chapter].title}${isDone && html`<span class="visually-hidden"> (done)</span>`}</span
          >
          ${state === 'current' && STEPS[chapter].how(story, viewer)}
        </li>`;
      })}
    </ol>
    ${
      !current &&
      html`<p class="all">
        All of it happened. Break something else, or type <code>audit</code>. ${seats(story.sent, viewer)}
      </p>`
    }
  </section>`;
}

/** To the page of the notice that was sent. */
const seats = (notice: Story['sent'], { operator }: Viewer): Content =>
  notice && html`<a href="/notices/${notice}?as=${operator.id}">Every seat</a>`;

function go({ operator, place }: Viewer, as: string, channel: string, words: string): Html {
  const isHere = operator.id === as && place.channel === channel;
  return isHere ? html`<b>${words}</b>` : html`<a href="${addressOf(as, channel)}">${words}</a>`;
}

const flip = ({ operator, place }: Viewer, daemon: string, which: string, label: string): Html => html`
  <form method="post" action="/trial/flip">
    <input type="hidden" name="as" value="${operator.id}" />
    <input type="hidden" name="in" value="${place.channel}" />
    <input type="hidden" name="daemon" value="${daemon}" />
    <button name="switch" value="${which}" class="${which === 'stop' ? 'danger' : 'primary'}">
      ${label}
    </button>
  </form>
`;

const type = ({ viewer, as, line }: { viewer: Viewer; as: string; line: string }): Html =>
  viewer.operator.id === as
    ? html`<form method="post" action="/trial/say">
        <input type="hidden" name="as" value="${as}" />
        <input type="hidden" name="in" value="${NOTARIES}" />
        <input type="hidden" name="line" value="${line}" />
        <code class="typed">${line}</code>
        <button class="primary">Send it</button>
      </form>`
    : html`<code class="typed">${line}</code>`;
