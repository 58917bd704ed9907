/** A part of a mail: its headers by lower-case name, and what it holds, decoded. */
export interface Part {
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Buffer;
  readonly parts: readonly Part[];
}

/** Reads what nodemailer writes: multiparts, base64 and quoted-printable, encoded words. */
export function parseMime(source: Buffer): Part {
  const text = source.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const headers = headersOf(text.slice(0, end));
  const body = text.slice(end + 4);
  const boundary = /boundary="?([^";]+)"?/iu.exec(headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) {
    return { headers, content: decoded(body, headers['content-transfer-encoding'] ?? ''), parts: [] };
  }
  const pieces = `\r\n${body}`.split(`\r\n--${boundary}`).slice(1, -1);
  const parts = pieces.map((piece) => parseMime(Buffer.from(piece.replace(/^[^\r]*\r\n/u, ''), 'latin1')));
  return { headers, content: Buffer.alloc(0), parts };
}

/** All parts of it that are no multiparts, itself included. */
export const leaves = (part: Part): readonly Part[] =>
  part.parts.length === 0 ? [part] : part.parts.flatMap(leaves);

function headersOf(text: string): Readonly<Record<string, string>> {
  const lines = text.replaceAll(/\r\n[ \t]+/gu, ' ').split('\r\n');
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), wordsIn(line.slice(colon + 1).trim())];
    }),
  );
}

// https://www.rfc-editor.org/rfc/rfc2047; blanks between two encoded words are not part of the text.
const wordsIn = (text: string): string =>
  text
    .replaceAll(/\?=\s+=\?/gu, '?==?')
    .replaceAll(/(?:=\?utf-8\?[bq]\?[^?]*\?=)+/giu, (run) =>
      Buffer.concat(
        Array.from(run.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/giu), ([, kind = '', word = '']) =>
          kind.toLowerCase() === 'b'
            ? Buffer.from(word, 'base64')
            : quotedPrintable(word.replaceAll('_', ' ')),
        ),
      ).toString(),
    );

function decoded(body: string, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  return encoding === 'quoted-printable'
    ? quotedPrintable(body.replaceAll('=\r\n', ''))
    : Buffer.from(body, 'latin1');
}

const quotedPrintable = (text: string): Buffer =>
  Buffer.from(
    text.replaceAll(/=([0-9A-F]{2})/giu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
