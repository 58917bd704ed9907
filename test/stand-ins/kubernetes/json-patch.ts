import { isDeepStrictEqual } from 'node:util';

export interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

/** A copy of the document with all of them done, in order; throws where one cannot be, as RFC 6902 has it. */
export function applied<T>(document: T, operations: readonly Operation[]): T {
  // By way of JSON: what is one object here and there in it must not change together.
  const copy = JSON.parse(JSON.stringify(document)) as T;
  for (const operation of operations) apply(copy, operation);
  return copy;
}

function apply(document: unknown, { op, path, value }: Operation): void {
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop();
  if (last === undefined) throw new Error(`the whole document cannot be a target: ${path}`);
  let parent = document as Record<string, unknown>;
  for (const key of keys) {
    const next = parent[key];
    if (typeof next !== 'object' || next === null) throw new Error(`${op} operation does not apply: ${path}`);
    parent = next as Record<string, unknown>;
  }
  const missing = !(last in parent);
  switch (op) {
    case 'test':
      if (missing || !isDeepStrictEqual(parent[last], value)) throw new Error(`testing value ${path} failed`);
      return;
    case 'add':
      if (Array.isArray(parent)) parent.splice(last === '-' ? parent.length : Number(last), 0, value);
      else parent[last] = value;
      return;
    case 'replace':
      if (missing) throw new Error(`replace operation does not apply: ${path}`);
      parent[last] = value;
      return;
    case 'remove':
      if (missing) throw new Error(`remove operation does not apply: ${path}`);
      if (Array.isArray(parent)) parent.splice(Number(last), 1);
      else delete parent[last];
      return;
    default:
      throw new Error(`unexpected kind: ${op}`);
  }
}
