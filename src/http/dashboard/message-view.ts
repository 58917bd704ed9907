import type { Block, Choice, Message } from '#src/domain/message.ts';
import { type Content, type Html, html, linkable } from '#src/html.ts';

/** How the buttons of a message are drawn; where nobody can press, they are not. */
export type Buttons = (choices: readonly Choice[]) => Content;

/** A neutral message as markup. */
export const messageView = (
  { tone, title, blocks, mentions = [], footer }: Message,
  buttons: Buttons,
): Html => html`
  <article class="message ${tone}">
    <h3>${title}</h3>
    ${mentions.length > 0 && html`<p class="mentions">${mentions.map(({ name }) => html`<span>@${name}</span> `)}</p>`}
    ${blocks.map((block) => blockView(block, buttons))} ${footer && html`<footer>${footer}</footer>`}
  </article>
`;

function blockView(block: Block, buttons: Buttons): Content {
  switch (block.kind) {
    case 'text':
      return html`<p class="text">${block.text}</p>`;
    case 'fields':
      return html`<dl>
        ${block.fields.map(
          ({ name, value }) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>`;
    case 'table':
      return tableView(block.head, block.rows);
    case 'code':
      return html`<pre tabindex="0"><code>${block.code}</code></pre>`;
    case 'link':
      return linkView(block.label, block.url);
    case 'image':
      return html`<img
        alt="${block.alt}"
        src="data:image/png;base64,${Buffer.from(block.png).toString('base64')}"
      />`;
    case 'choices':
    default:
      return buttons(block.choices);
  }
}

/** A table that scrolls in its own frame when the window is narrow. */
export const tableView = (head: readonly string[], rows: readonly (readonly Content[])[]): Html => html`
  <div class="table" role="region" aria-label="Table" tabindex="0">
    <table>
      <thead>
        <tr>
          ${head.map((cell) => html`<th scope="col">${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>
`;

function linkView(label: string, url: string): Html {
  const href = linkable(url);
  return href
    ? html`<p><a href="${href}" rel="noreferrer noopener" target="_blank">${label}</a></p>`
    : html`<p>${label}: ${url}</p>`;
}
