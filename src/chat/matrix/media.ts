import { z } from 'zod';

import type { Block } from '#src/domain/message.ts';

import { oneLine } from './plain.ts';
import type { Wire } from './wire.ts';

/** Uploads files and resolves with the content of the event that shows them. Throws OutsideError. */
export interface Uploads {
  text(name: string, words: string, sealed: boolean): Promise<object>;
  image(image: Extract<Block, { kind: 'image' }>, sealed: boolean): Promise<object>;
}

const Uploaded = z.object({ content_uri: z.string() });

export function createUploads({ ask, crypto }: Pick<Wire, 'ask' | 'crypto'>): Uploads {
  async function upload(name: string, bytes: Buffer, mimetype: string, sealed: boolean): Promise<object> {
    const encrypted = sealed ? await crypto?.encryptFile(bytes) : undefined;
    const { content_uri } = Uploaded.parse(
      await ask('POST', '/_matrix/media/v3/upload', {
        query: encrypted ? {} : { filename: name },
        body: encrypted?.buffer ?? bytes,
        contentType: encrypted ? 'application/octet-stream' : mimetype,
      }),
    );
    return encrypted ? { file: { ...encrypted.file, url: content_uri } } : { url: content_uri };
  }

  return {
    async text(name, words, sealed) {
      const bytes = Buffer.from(words.toWellFormed(), 'utf8');
      const mimetype = 'text/plain; charset=utf-8';
      const place = await upload(name, bytes, mimetype, sealed);
      return {
        msgtype: 'm.file',
        body: name,
        filename: name,
        info: { mimetype, size: bytes.length },
        ...place,
      };
    },
    async image({ name, alt, png }, sealed) {
      const bytes = Buffer.from(png);
      const filename = oneLine(name) || 'image.png';
      const info = { mimetype: 'image/png', size: bytes.length, ...sizeOf(bytes) };
      const place = await upload(filename, bytes, 'image/png', sealed);
      return { msgtype: 'm.image', body: oneLine(alt) || filename, filename, info, ...place };
    },
  };
}

// Width and height stand at the same place in every PNG: https://www.w3.org/TR/png-3/#11IHDR
const sizeOf = (png: Buffer): { w?: number; h?: number } =>
  png.length >= 24 ? { w: png.readUInt32BE(16), h: png.readUInt32BE(20) } : {};
