import { choiceId, type ConsolePost } from '#src/domain/console.ts';
import type { Choice } from '#src/domain/message.ts';
import { type Html, html } from '#src/html.ts';

import { messageView } from './message-view.ts';
import { avatar } from './person-view.ts';

/** A post as one reader sees it. Its id and revision tell the page what to replace, and when. */
export function postView(post: ConsolePost, reader: string): Html {
  const { body } = post;
  switch (body.kind) {
    case 'press':
      return entry(post, 'press', html`<p>${body.by} pressed <b>${body.label}</b> ${time(post)}</p>`);
    case 'line':
      return entry(
        post,
        'line',
        html`${avatar(body.by)}
          <div class="said">
            <p class="by"><b>${body.by}</b> ${time(post)}</p>
            <p class="typed">${body.line}</p>
          </div>`,
      );
    case 'message':
    default:
      return entry(
        post,
        'says',
        html`<span class="avatar bell" aria-hidden="true">🔔</span>
          <div class="said">
            <p class="by">
              <b>Tocsin</b> ${post.replyTo && html`<span>to ${post.replyTo}</span>`}
              ${post.only && html`<span class="tag">only you see this</span>`} ${time(post)}
              ${post.revision > 1 && html`<span class="edited">edited</span>`}
            </p>
            ${messageView(body.message, (choices) => buttons(post, reader, choices))}
          </div>`,
      );
  }
}

const entry = (post: ConsolePost, kind: string, inner: Html): Html =>
  html`<li
    id="post-${post.id}"
    class="post ${kind}"
    data-into="posts"
    data-revision="${post.revision}"
    data-at="${post.at}"
  >
    ${inner}
  </li>`;

const time = ({ at }: ConsolePost): Html =>
  html`<time datetime="${at}">${new Date(at).toTimeString().slice(0, 8)}</time>`;

const buttons = (post: ConsolePost, reader: string, choices: readonly Choice[]): Html => html`
  <form class="choices" method="post" action="/trial/press">
    <input type="hidden" name="as" value="${reader}" />
    <input type="hidden" name="in" value="${post.channel}" />
    <input type="hidden" name="post" value="${post.id}" />
    ${choices.map(
      (choice) =>
        html`<button name="choice" value="${choiceId(choice)}" class="${choice.style ?? 'plain'}">
          <span aria-hidden="true">${choice.emoji}</span> ${choice.label}
        </button>`,
    )}
  </form>
`;
