import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { type Document, isMap, isSeq, parseDocument } from 'yaml';

import { UserError, wordsOf } from '#src/domain/errors.ts';
import type { FleetFile } from '#src/domain/fleet.ts';
import type { NodeId } from '#src/domain/node.ts';

import { faultLine } from './fault.ts';
import { parseFleet } from './parse.ts';
import type { FleetSource } from './watch.ts';

interface Options extends FleetSource {
  /** Awaited after each write, so that whoever changed the file sees the fleet changed. */
  readonly written?: (() => Promise<void>) | undefined;
}

/** Where a node that comes from a chat may name a variable. */
const LOGIN_PATH = /\.rpc\.(user|password)$/;
/** Lists of names; every other list of words is a program with its arguments. */
const LISTS_OF_NAMES: ReadonlySet<string> = new Set(['coins']);

/** Changes the fleet file, one change after the other; comments and order stay, lists are spaced as in `[ a, b ]`. */
export function createFleetFile({ written, ...source }: Options): FleetFile {
  let last: Promise<unknown> = Promise.resolve();

  function change<Result>(edit: (document: Document) => Result): Promise<Result> {
    const done = last.then(async () => {
      const result = await rewrite(source, edit);
      await written?.();
      return result;
    });
    last = done.catch(() => undefined);
    return done;
  }

  return {
    addNode(text) {
      return change((document) => {
        const node = nodeFrom(text);
        const nodes = document.get('nodes');
        if (isSeq(nodes)) {
          if (nodes.items.length === 0) nodes.flow = false;
          nodes.add(document.createNode(node));
        } else {
          document.set('nodes', document.createNode([node]));
        }
        return String(node['id']) as NodeId;
      });
    },
    removeNode(id) {
      return change((document) => {
        const nodes = document.get('nodes');
        const index = isSeq(nodes)
          ? nodes.items.findIndex((node) => isMap(node) && node.get('id') === id)
          : -1;
        if (!isSeq(nodes) || index < 0) throw new UserError(`There is no node "${id}" in the fleet file.`);
        nodes.items.splice(index, 1);
        if (nodes.items.length === 0) nodes.flow = true;
      });
    },
  };
}

async function rewrite<Result>(source: FleetSource, edit: (document: Document) => Result): Promise<Result> {
  const file = await realpath(source.file).catch((error: unknown) => {
    throw new UserError(`The fleet file cannot be read: ${wordsOf(error)}.`);
  });
  const before = await readFile(file, 'utf8');
  check(source, before, 'The fleet file has faults already; mend them first');
  const document = parseDocument(before, { merge: true });
  const result = edit(document);
  const after = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  check(source, after, 'Nothing was changed, because the fleet file would have faults');
  await replace(file, before, after);
  return result;
}

function check({ file, lookup, known }: FleetSource, text: string, head: string): void {
  const { faults } = parseFleet(text, { lookup, known, folder: dirname(file) });
  if (faults) throw new UserError([`${head}:`, ...faults.map((fault) => faultLine(file, fault))].join('\n'));
}

/** In one step: a reader sees the old file or the new one. */
async function replace(file: string, before: string, after: string): Promise<void> {
  const fresh = join(dirname(file), `.fleet.${process.pid}.new`);
  try {
    const { mode } = await stat(file);
    await writeFile(fresh, after, { mode: mode & 0o777, flush: true });
    if ((await readFile(file, 'utf8')) !== before) {
      throw new UserError('The fleet file was changed by somebody else at the same moment: try again.');
    }
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => undefined);
    if (error instanceof UserError) throw error;
    throw new UserError(`The fleet file cannot be written (${wordsOf(error)}): change it where it is kept.`);
  }
}

/** A node as somebody typed it. Throws UserError. */
function nodeFrom(text: string): Readonly<Record<string, unknown>> {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = [...document.errors, ...document.warnings];
  if (error) throw new UserError(`This is no YAML or JSON: ${error.message}`);
  const node: unknown = toPlain(document);
  if (typeof node !== 'object' || node === null || Array.isArray(node)) {
    throw new UserError(
      'A node is a group of keys, as in { id: …, seat: …, access: { kind: local }, services: [ … ] }.',
    );
  }
  refusePrograms(node);
  refuseVariables(node);
  return node as Readonly<Record<string, unknown>>;
}

function toPlain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 }) as unknown;
  } catch (error) {
    throw new UserError(`This node cannot be taken: ${wordsOf(error)}`);
  }
}

/** A look runs `cli` with nobody's approval: what runs on a machine is for whoever may write on it, not for an account in a chat. */
function refusePrograms(value: unknown, key = ''): void {
  if (typeof value !== 'object' || value === null) return;
  const isList = Array.isArray(value) && !LISTS_OF_NAMES.has(key);
  if (key === 'update' || (isList && value.some((word) => typeof word !== 'object'))) {
    throw new UserError(
      `A node that is added here names no program (${key}): write that into the fleet file, on its machine.`,
    );
  }
  for (const [name, part] of Object.entries(value)) refusePrograms(part, Array.isArray(value) ? key : name);
}

/** Elsewhere a variable's value would come to be shown, or be sent to a place of the writer's choice. */
function refuseVariables(node: object): void {
  const { access } = node as { readonly access?: { readonly kind?: unknown } };
  const walk = (value: unknown, path: string, staysHere: boolean): void => {
    if (typeof value === 'string' && value.includes('${') && !(LOGIN_PATH.test(path) && staysHere)) {
      throw new UserError(
        'A node that is added here may take variables only as the user and password of an rpc on this machine (access local, an address like http://127.0.0.1:7771).',
      );
    }
    if (typeof value !== 'object' || value === null) return;
    const stays = access?.kind === 'local' && 'url' in value && isLoopback(value.url);
    for (const [key, part] of Object.entries(value)) walk(part, `${path}.${key}`, stays);
  };
  walk(node, '', false);
}

const isLoopback = (url: unknown): boolean =>
  typeof url === 'string' && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(URL.parse(url)?.hostname ?? '');
