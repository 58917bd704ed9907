import type { z } from 'zod';

import { OutsideError } from '#src/domain/errors.ts';
import type { Json } from '#src/domain/remedy.ts';
import type { Post } from './http.ts';
import { Refusal } from './payloads.ts';

/** Iguana's own answer to a call: it is there, and it said no. */
export class IguanaError extends OutsideError {
  readonly words: string;

  constructor(call: string, words: string) {
    super('iguana', 'rejected', `iguana says to ${call}: ${words.slice(0, 300)}`);
    this.words = words;
  }
}

/** Its calls. Throws IguanaError when it refuses one, OutsideError when there is no answer that can be used. */
export interface Iguana {
  /** host:port, for words. */
  readonly at: string;
  call<T>(
    schema: z.ZodType<T>,
    [agent, method]: readonly [string, string],
    args?: Readonly<Record<string, Json>>,
  ): Promise<T>;
}

export function createIguana(at: string, post: Post): Iguana {
  return {
    at,
    async call(schema, [agent, method], args) {
      const answer = parsedJson(await post(JSON.stringify({ agent, method, ...args })));
      const refusal = Refusal.safeParse(answer);
      if (refusal.success) throw new IguanaError(`${agent}/${method}`, refusal.data.error);
      const read = schema.safeParse(answer);
      if (read.success) return read.data;
      const words = `${at} answers ${agent}/${method} with something else: is it iguana?`;
      throw new OutsideError('iguana', 'unreadable', words);
    },
  };
}

function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
