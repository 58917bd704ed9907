import { type Html, html } from '#src/html.ts';

/** Draws a mark 20 wide that stands on a line of text at its left end. */
export type Mark = (colour: string) => Html;

export const tick: Mark = (colour) =>
  html`<path
    d="M2 -8 l6 7 l11 -15"
    fill="none"
    stroke="${colour}"
    stroke-width="4.5"
    stroke-linecap="round"
  />`;
export const disc: Mark = (colour) => html`<circle cx="10" cy="-7" r="8.5" fill="${colour}" />`;
export const ring: Mark = (colour) =>
  html`<circle cx="10" cy="-7" r="7" fill="none" stroke="${colour}" stroke-width="3" />`;
export const triangle: Mark = (colour) => html`<path d="M10 -17 l10 18 h-20 z" fill="${colour}" />`;
export const cross: Mark = (colour) =>
  html`<path
    d="M3 -14 l14 14 m0 -14 l-14 14"
    stroke="${colour}"
    stroke-width="4.5"
    stroke-linecap="round"
  />`;
export const dash: Mark = (colour) =>
  html`<path d="M3 -7 h14" stroke="${colour}" stroke-width="4" stroke-linecap="round" />`;
