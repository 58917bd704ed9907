interface File {
  readonly name: string;
  readonly content: Buffer;
}

/** What a call was given. */
export interface Arguments {
  readonly values: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, File>>;
}

/** JSON, or multipart/form-data in which what is no text is JSON. */
export function argumentsOf(body: Buffer, contentType: string): Arguments {
  const boundary = /boundary="?([^";]+)"?/u.exec(contentType)?.[1];
  if (boundary === undefined) {
    return {
      values: body.length === 0 ? {} : (JSON.parse(body.toString()) as Record<string, unknown>),
      files: {},
    };
  }
  const values: Record<string, unknown> = {};
  const files: Record<string, File> = {};
  const parts = `\r\n${body.toString('latin1')}`.split(`\r\n--${boundary}`).slice(1, -1);
  for (const part of parts) {
    const end = part.indexOf('\r\n\r\n');
    const headers = part.slice(0, end);
    const content = Buffer.from(part.slice(end + 4), 'latin1');
    const name = /\bname="?([^";\r\n]+)"?/u.exec(headers)?.[1] ?? '';
    const filename = /filename="?([^";\r\n]+)"?/u.exec(headers)?.[1];
    if (filename !== undefined) files[name] = { name: filename, content };
    else values[name] = valueOf(content.toString());
  }
  return { values, files };
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
