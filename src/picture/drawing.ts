import { type Html, html, markup } from '#src/html.ts';

/** A drawing, and the same in words for who cannot see it. */
export interface Drawing {
  readonly svg: string;
  readonly alt: string;
}

/** Each stands off the ground well enough to be read; what is said by one of them is said by a shape or a word too. */
export const INK = '#eceae4';
export const SOFT = '#a9abb6';
export const RAISED = '#353843';
export const GOOD = '#5ccb8a';
export const INFO = '#6fa8ff';
export const WARN = '#f2a44b';
export const BAD = '#ff6f66';
export const DIM = '#7d818f';
/** A ground of its own: a drawing looks the same in a dark and in a light chat. */
const GROUND = '#17181d';

/** An SVG of this size, pixels, on its ground, in a font that is always there. */
export const sheet = (
  { width, height }: { readonly width: number; readonly height: number },
  ...content: readonly Html[]
): string =>
  markup(
    html`<svg
      xmlns="http://www.w3.org/2000/svg"
      width="${width}"
      height="${height}"
      font-family="DejaVu Sans"
      fill="${INK}"
    >
      <rect width="${width}" height="${height}" rx="20" fill="${GROUND}" />
      ${content}
    </svg>`,
  );

interface Style {
  readonly x: number;
  /** Where the letters stand. */
  readonly y: number;
  readonly size: number;
  /** How wide they may become, pixels; what does not fit is cut. */
  readonly most: number;
  readonly fill?: string | undefined;
  readonly bold?: boolean | undefined;
  readonly end?: boolean | undefined;
}

/** Of DejaVu Sans, in parts of the size: nothing of a name that is cut by this is left out without need. */
const CHARACTER = { plain: 0.61, bold: 0.69 } as const;

/** A line of plain words. */
export function words({ x, y, size, most, fill = INK, bold, end }: Style, shown: string): Html {
  const fits = Math.floor(most / (size * (bold ? CHARACTER.bold : CHARACTER.plain)));
  return html`<text
    x="${x}"
    y="${y}"
    font-size="${size}"
    fill="${fill}"
    font-weight="${bold ? 'bold' : 'normal'}"
    text-anchor="${end ? 'end' : 'start'}"
    >${cut(shown, fits)}</text
  >`;
}

function cut(shown: string, most: number): string {
  const characters = Array.from(shown.toWellFormed().replaceAll(/\p{Cc}/gu, ' '));
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`;
}
