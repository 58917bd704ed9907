import type { ConsolePost } from '#src/domain/console.ts';
import { type Content, type Html, html } from '#src/html.ts';

import { avatar } from './person-view.ts';
import { postView } from './post-view.ts';
import { addressOf, type PlaceLink, type Viewer } from './viewer.ts';

/** A whole document of the dashboard. */
export const documentView = (title: string, body: Content, script?: string): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="/assets/bell.svg" />
        <link rel="stylesheet" href="/assets/dashboard.css" />
        ${script && html`<script type="module" src="${script}"></script>`}
      </head>
      <body>
        ${body}
      </body>
    </html>`;

interface TrialPage {
  readonly viewer: Viewer;
  readonly posts: readonly ConsolePost[];
  /** When the latest post of each place was written. */
  readonly latest: Readonly<Record<string, string | undefined>>;
  readonly guide: Html;
  readonly daemons: Html;
}

/** The trial page: who you are, where you are, what was said there, the guide and the daemons. */
export function trialPage({ viewer, posts, latest, guide, daemons }: TrialPage): Html {
  const { operator, place } = viewer;
  return documentView(
    `${titleOf(place)} · Tocsin trial`,
    html`<a class="skip" href="#line">Skip to the input line</a>
      <header class="top">
        <h1><span aria-hidden="true">🔔</span> Tocsin</h1>
        <strong class="label">TRIAL – simulated daemons</strong>
        <span id="connection" role="status" hidden>Reconnecting…</span>
      </header>
      <div class="columns">
        <div class="side">${peopleView(viewer)} ${placesView(viewer, latest)}</div>
        <main class="chat" data-as="${operator.id}" data-in="${place.channel}">
          <h2 class="title">
            ${titleOf(place)} <span>as ${operator.id}, ${operator.role} of ${operator.team}</span>
          </h2>
          <ol id="posts" role="log" aria-live="polite" aria-label="Messages" tabindex="0">
            ${posts.map((post) => postView(post, operator.id))}
          </ol>
          <p id="empty">${emptyWords(place)}</p>
          <button id="above" type="button" hidden>↑ A message above has changed</button>
          ${composer(viewer)}
        </main>
        <div class="tools">${guide} ${daemons}</div>
      </div>`,
    '/assets/trial.js',
  );
}

const titleOf = ({ kind, name }: PlaceLink): string => (kind === 'room' ? `#${name}` : `Direct messages`);

const emptyWords = ({ kind }: PlaceLink): string =>
  kind === 'room'
    ? 'Nothing was said here yet. Type help below, or break a daemon.'
    : 'What Tocsin writes to you alone comes here. Type help below.';

const peopleView = ({ people, operator, place }: Viewer): Html => html`
  <nav class="people" aria-labelledby="people-title">
    <h2 id="people-title">Who you are</h2>
    <ul>
      ${people.map(
        ({ id, role, team }) =>
          html`<li>
            <a
              href="${addressOf(id, place.kind === 'room' ? place.channel : `direct:${id}`)}"
              data-person="${id}"
              ${id === operator.id && html`aria-current="true"`}
            >
              ${avatar(id)}
              <span><b>${id}</b> <small>${role} · ${team}</small></span>
            </a>
          </li>`,
      )}
    </ul>
  </nav>
`;

const placesView = (
  { places, place: here, operator }: Viewer,
  latest: Readonly<Record<string, string | undefined>>,
): Html => html`
  <nav class="places" aria-labelledby="places-title">
    <h2 id="places-title">Rooms and messages</h2>
    <ul>
      ${places.map(
        ({ channel, name, kind }) =>
          html`<li>
            <a
              href="${addressOf(operator.id, channel)}"
              data-channel="${channel}"
              data-latest="${latest[channel] ?? ''}"
              ${channel === here.channel && html`aria-current="page"`}
            >
              <span class="sign" aria-hidden="true">${kind === 'room' ? '#' : '@'}</span>
              ${kind === 'room' ? name : 'direct'}
              <span class="unread" hidden>new</span>
            </a>
          </li>`,
      )}
    </ul>
  </nav>
`;

const composer = ({ operator, place }: Viewer): Html => html`
  <form id="composer" method="post" action="/trial/say" autocomplete="off">
    <input type="hidden" name="as" value="${operator.id}" />
    <input type="hidden" name="in" value="${place.channel}" />
    <div id="suggestions" role="group" aria-label="Suggestions"></div>
    <p id="refusal" role="alert" hidden></p>
    <div class="line">
      <label class="visually-hidden" for="line">Type a command as ${operator.id}</label>
      <input
        id="line"
        name="line"
        maxlength="2000"
        placeholder="Type a command, for instance help"
        autocapitalize="none"
        spellcheck="false"
        enterkeyhint="send"
        required
      />
      <button class="primary">Send</button>
    </div>
  </form>
`;
