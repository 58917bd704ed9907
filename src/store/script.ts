import type { Redis } from 'ioredis';

type Word = string | number | Buffer;
type Script = (keys: readonly string[], ...words: readonly Word[]) => Promise<unknown>;

/** A Lua script under a name of its own on this connection: its text is sent once, then it is called by its hash. */
export function script(redis: Redis, name: string, lua: string): Script {
  const command = `tocsin${name}`;
  if (!(command in redis)) redis.defineCommand(command, { lua });
  const callable = redis as unknown as Readonly<
    Record<string, (keys: number, ...words: readonly Word[]) => Promise<unknown>>
  >;
  return async (keys, ...words) => callable[command]?.(keys.length, ...keys, ...words);
}
