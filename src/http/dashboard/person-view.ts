import { createHash } from 'node:crypto';

import { type Html, html } from '#src/html.ts';

const COLOURS = 6;

/** A person's initial on a colour that is always theirs. */
export function avatar(id: string): Html {
  const colour = (createHash('sha256').update(id).digest()[0] ?? 0) % COLOURS;
  return html`<span class="avatar colour-${colour}" aria-hidden="true">${id.slice(0, 1).toUpperCase()}</span>`;
}
