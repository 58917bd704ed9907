import type { IncomingMessage } from 'node:http';
import { refusals } from './refusal.ts';

export interface UploadedFile {
  /** The n of files[n], which attachment requests refer to. */
  readonly key: string;
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: Buffer;
  readonly description?: string;
}

export interface Body {
  readonly json: unknown;
  readonly files: readonly UploadedFile[];
}

const MAX_BODY_BYTES = 26 * 1024 * 1024;

/** Reads a request whole: JSON, or multipart with `payload_json` and `files[n]`. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw refusals.tooLarge();
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length === 0) return { json: undefined, files: [] };
  const contentType = request.headers['content-type'] ?? '';
  if (contentType.startsWith('multipart/form-data')) return readMultipart(bytes, contentType);
  return { json: parse(bytes.toString('utf8')), files: [] };
}

async function readMultipart(bytes: Buffer, contentType: string): Promise<Body> {
  const whole = new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } });
  const form = await whole.formData().catch(() => {
    throw refusals.invalidJson();
  });
  const fields: Record<string, unknown> = {};
  const files: UploadedFile[] = [];
  for (const [name, value] of form.entries()) {
    if (name === 'payload_json') {
      Object.assign(fields, parse(typeof value === 'string' ? value : await value.text()));
    } else if (typeof value === 'string') {
      fields[name] = value;
    } else {
      files.push({
        key: /^files\[(\d+)\]$/.exec(name)?.[1] ?? name,
        filename: value.name,
        contentType: value.type || 'application/octet-stream',
        bytes: Buffer.from(await value.arrayBuffer()),
      });
    }
  }
  return { json: fields, files };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refusals.invalidJson();
  }
}
