import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';

import { wordsOf } from '#src/domain/errors.ts';
import { type Path, pathName } from '#src/domain/path.ts';

import type { Fault } from './fault.ts';

/** Gives the value of a variable for `${NAME}`; undefined when it is not set; throws with words when it may not be had. */
export type Lookup = (name: string) => string | undefined;

/** A fleet file, read: plain data with the secrets in their places, and where each thing stands. */
export interface Read {
  readonly data: unknown;
  readonly faults: readonly Fault[];
  fault(path: Path, words: string): Fault;
  /** The same, for a key that should not be there. */
  keyFault(path: Path, key: string, words: string): Fault;
}

const PLAIN: Parameters<typeof parseDocument>[1] = { prettyErrors: false, merge: true };

/** Reads YAML (or JSON) and puts the variables in. Excerpts of the file, which may hold secrets, are in no fault. */
export function readDocument(source: string, lookup: Lookup): Read {
  const lines = new LineCounter();
  const document = parseDocument(source, { ...PLAIN, lineCounter: lines });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  const lineOf = (path: Path): number | undefined => {
    const offset = offsetOf(document, path);
    return offset === undefined ? undefined : lineAt(offset);
  };
  const broken = [...document.errors, ...document.warnings].map((error) => ({
    line: lineAt(error.pos[0]),
    path: '',
    words: hinted(error.code, error.message, source.split('\n')[lineAt(error.pos[0]) - 1] ?? ''),
  }));
  const taken = new Map<string, string>();
  const missing = broken.length > 0 ? [] : putIn(document, lookup, taken);
  const withoutSecrets = (words: string): string =>
    [...taken].reduce((text, [name, value]) => text.replaceAll(value, `\${${name}}`), words);
  const fault = (path: Path, words: string, place = path): Fault => ({
    line: lineOf(place),
    path: pathName(path),
    words: withoutSecrets(words),
  });
  const read = {
    fault: (path: Path, words: string) => fault(path, words),
    keyFault: (path: Path, key: string, words: string) => fault(path, words, [...path, key]),
  };
  if (broken.length > 0) return { ...read, data: undefined, faults: broken };
  try {
    return {
      ...read,
      data: document.toJS() as unknown,
      faults: missing.map(({ path, words }) => fault(path, words)),
    };
  } catch (error) {
    return { ...read, data: undefined, faults: [{ path: '', words: wordsOf(error) }] };
  }
}

const VARIABLE = /\$?\$\{([^}]*)\}/g;

interface Missing {
  readonly path: Path;
  readonly words: string;
}

/** Puts the variables into all text that is a value; `$${` stays `${`. */
function putIn(document: Document.Parsed, lookup: Lookup, taken: Map<string, string>): readonly Missing[] {
  const missing: Missing[] = [];
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      node.value = node.value.replaceAll(VARIABLE, (whole, name: string) => {
        if (whole.startsWith('$$')) return whole.slice(1);
        try {
          if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`\${${name}} does not name a variable`);
          const value = lookup(name);
          if (value === undefined) throw new Error(`${name} is not set: put it into the environment or .env`);
          taken.set(name, value);
          return value;
        } catch (error) {
          missing.push({ path: pathTo([...ancestors, node]), words: wordsOf(error) });
          return whole;
        }
      });
    },
  });
  return missing;
}

/** The path of the last of these, each of which holds the next. */
function pathTo(chain: readonly unknown[]): Path {
  return chain.flatMap((node, index): Path => {
    if (isPair(node)) return [String(isScalar(node.key) ? node.key.value : node.key)];
    return isSeq(node) ? [node.items.indexOf(chain[index + 1])] : [];
  });
}

/** Where it stands, or the nearest thing around it that does. */
function offsetOf(document: Document.Parsed, path: Path): number | undefined {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0];
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => (isScalar(key) ? key.value : key) === part);
      if (!pair) return offset;
      offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
      node = pair.value as Node | null;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part] as Node | null | undefined;
      offset = node?.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

/** The parser's message without what it quotes from the file, and with what to do. */
function hinted(code: string, message: string, line: string): string {
  if (code === 'MULTIPLE_DOCS') return 'holds more than one document: remove the line ---';
  if (code === 'TAG_RESOLVE_FAILED') return 'text that begins with ! must be in quotes';
  const words = message.replace(/: ".*$/s, '');
  if (/(^|[\s:,[{])@/.test(line)) return `${words}: text that begins with @ must be in quotes`;
  if (line.includes('${')) return `${words}: \${…} must be in quotes`;
  return words;
}
