import type { Redis } from 'ioredis';

import type { ConsolePost, ConsolePosts } from '#src/domain/console.ts';
import type { Block } from '#src/domain/message.ts';

import { type Documents, documents } from './documents.ts';

/** Posts kept in each place. */
const KEEP = 200;

type StoredBlock =
  Exclude<Block, { kind: 'image' }> | (Omit<Block & { kind: 'image' }, 'png'> & { png64: string });

/** Posts of the trial page in Redis, so that they survive a restart. */
export function createConsolePosts(redis: Redis, keep = KEEP): ConsolePosts {
  const places = new Map<string, Documents<ConsolePost>>();
  const place = (channel: string): Documents<ConsolePost> => {
    const known = places.get(channel) ?? documents<ConsolePost>(redis, `console:${channel}`, { keep });
    places.set(channel, known);
    return known;
  };
  return {
    async add(post) {
      const kept = await place(post.channel).update(post.id, (current) => current ?? pack(post));
      return unpack(kept ?? post);
    },
    async edit(channel, id, message) {
      const kept = await place(channel).update(
        id,
        (current) =>
          current && pack({ ...current, body: { kind: 'message', message }, revision: current.revision + 1 }),
      );
      return kept && unpack(kept);
    },
    async get(channel, id) {
      const kept = await place(channel).get(id);
      return kept && unpack(kept);
    },
    async list(channel) {
      const kept = await place(channel).list(keep);
      return kept.map(unpack).toSorted((a, b) => (a.at < b.at ? -1 : 1));
    },
  };
}

// JSON has no bytes: pictures are kept in base64.
const pack = (post: ConsolePost): ConsolePost => withBlocks(post, packed);
const unpack = (post: ConsolePost): ConsolePost => withBlocks(post, unpacked);

function withBlocks(
  post: ConsolePost,
  convert: (block: Block | StoredBlock) => Block | StoredBlock,
): ConsolePost {
  if (post.body.kind !== 'message') return post;
  const { message } = post.body;
  const blocks = message.blocks.map(convert) as readonly Block[];
  return { ...post, body: { kind: 'message', message: { ...message, blocks } } };
}

function packed(block: Block | StoredBlock): Block | StoredBlock {
  if (block.kind !== 'image' || !('png' in block)) return block;
  const { png, ...rest } = block;
  return { ...rest, png64: Buffer.from(png).toString('base64') };
}

function unpacked(block: Block | StoredBlock): Block | StoredBlock {
  if (block.kind !== 'image' || !('png64' in block)) return block;
  const { png64, ...rest } = block;
  return { ...rest, png: Buffer.from(png64, 'base64') };
}
