import { type Html, html } from '#src/html.ts';

const COLOURS = 6;

/** A person's initial, on a colour that is always the same. */
export function avatar(id: string): Html {
  const colour = (id.codePointAt(0) ?? 0) % COLOURS;
  return html`<span class="avatar colour-${colour}" aria-hidden="true"
    >${id.slice(0, 1).toUpperCase()}</span
  >`;
}
