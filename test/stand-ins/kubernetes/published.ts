import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from '#test/real/root.ts';

import { type Definitions, misfits, type Schema } from './schema.ts';

interface Parameter extends Schema {
  readonly name: string;
  readonly in: 'path' | 'query' | 'body';
}
type Parameters = readonly (Parameter | { readonly $ref: string })[];

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface Operation {
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly parameters?: Parameters;
  readonly responses: Readonly<Record<string, { readonly schema?: Schema }>>;
  readonly 'x-kubernetes-action': string;
}

interface Document {
  readonly paths: Readonly<
    Record<string, { readonly parameters?: Parameters; readonly get?: Operation; readonly patch?: Operation }>
  >;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly definitions: Definitions;
}

const read = (name: string): Document =>
  JSON.parse(readFileSync(join(root, 'test/recorded/kubernetes', `${name}.json`), 'utf8')) as Document;

const [kubernetes, openshift] = [read('openapi'), read('openapi-openshift')];
const paths = { ...kubernetes.paths, ...openshift.paths };
const definitions: Definitions = { ...kubernetes.definitions, ...openshift.definitions };

const STATUS = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status' };
/** The document gives its objects one shape, and leaves it to the type how a patch looks: https://www.rfc-editor.org/rfc/rfc6902 */
const JSON_PATCH: Schema = { type: 'array', items: { $ref: '#/definitions/operation' } };
const OPERATIONS: Definitions = {
  operation: {
    type: 'object',
    // Any value: what is written is seen in the answer.
    properties: { op: { type: 'string' }, path: { type: 'string' } },
    required: ['op', 'path'],
  },
};

const PATTERNS = Object.entries(paths).map(([path, methods]) => ({
  pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  methods,
}));

export interface Sent {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
  readonly body: string;
}

export interface Answered {
  readonly status: number;
  readonly contentType?: string | undefined;
  readonly body: string;
}

/** Where a request, or the answer to it, is not as the published OpenAPI of Kubernetes and OpenShift has it. */
export function strangeIn(sent: Sent, answered: Answered | undefined): readonly string[] {
  const { pathname, searchParams } = new URL(sent.url, 'http://cluster');
  const methods = PATTERNS.find(({ pattern }) => pattern.test(pathname))?.methods;
  const method = sent.method.toLowerCase();
  const operation = method === 'get' || method === 'patch' ? methods?.[method] : undefined;
  const name = `${sent.method} ${pathname}`;
  if (!methods || !operation) return [`${name}: there is no such operation`];
  const parameters = [...(methods.parameters ?? []), ...(operation.parameters ?? [])].map(parameterOf);
  const strange = [
    ...queryMisfits(searchParams, parameters),
    ...bodyMisfits(sent, operation, parameters),
    ...acceptMisfits(sent, operation),
    ...(answered ? answerMisfits(answered, operation) : []),
  ];
  return strange.map((one) => `${name}: ${one}`);
}

function parameterOf(parameter: Parameters[number]): Parameter {
  if (!('$ref' in parameter) || parameter.$ref === undefined) return parameter as Parameter;
  const found = kubernetes.parameters[parameter.$ref.replace('#/parameters/', '')];
  if (!found) throw new Error(`nothing is told of ${parameter.$ref}`);
  return found;
}

function queryMisfits(query: URLSearchParams, parameters: readonly Parameter[]): readonly string[] {
  return [...new Set(query.keys())].flatMap((key) => {
    const parameter = parameters.find((one) => one.in === 'query' && one.name === key);
    if (!parameter) return [`query ${key} is not known`];
    // Only a program's words may come several times, though the document has them as one.
    const values = query.getAll(key);
    if (values.length > 1 && key !== 'command') return [`query ${key} comes ${values.length} times`];
    return values.flatMap((value) => misfits(typed(value, parameter), parameter, {}, `query ${key}`));
  });
}

/** A word of a query, read as its type. */
function typed(value: string, { type }: Parameter): unknown {
  if (type === 'boolean') return value === 'true' || value === 'false' ? value === 'true' : value;
  return type === 'integer' && /^-?\d+$/.test(value) ? Number(value) : value;
}

function bodyMisfits({ body, contentType }: Sent, operation: Operation, parameters: readonly Parameter[]) {
  if (!parameters.some((one) => one.in === 'body')) return body === '' ? [] : ['it takes no body'];
  if (contentType === undefined || !operation.consumes.includes(contentType))
    return [`it does not take ${contentType}`];
  if (contentType !== 'application/json-patch+json') return [`nobody here knows ${contentType}`];
  const operations = parsed(body);
  if (!Array.isArray(operations)) return misfits(operations, JSON_PATCH, OPERATIONS, 'body');
  return misfits(operations.map(withoutValue), JSON_PATCH, OPERATIONS, 'body');
}

function withoutValue(operation: unknown): unknown {
  if (typeof operation !== 'object' || operation === null) return operation;
  const { value: _any, ...rest } = operation as { readonly value?: unknown };
  return rest;
}

const acceptMisfits = ({ accept }: Sent, { produces }: Operation): readonly string[] =>
  (accept ?? '*/*')
    .split(',')
    .map((one) => one.replace(/;.*/, '').trim())
    .some((one) => one === '*/*' || produces.includes(one) || produces.includes('*/*'))
    ? []
    : [`it does not give ${accept}`];

function answerMisfits(
  { status, contentType = '', body }: Answered,
  operation: Operation,
): readonly string[] {
  const told = operation.responses[status];
  if (status >= 400) {
    // A path that is not served, and a server that is too busy to look, are told in plain text.
    if (!contentType.startsWith('application/json'))
      return [404, 429].includes(status) ? [] : [NO_STATUS(status)];
    const said = parsed(body) as { readonly code?: unknown; readonly kind?: unknown };
    const isStatus = said?.code === status && said.kind === 'Status';
    return [...(isStatus ? [] : [NO_STATUS(status)]), ...misfits(said, STATUS, definitions, `${status}`)];
  }
  if (!told) return [`${status} is not told`];
  if (!told.schema) return [];
  if (told.schema.type === 'string') return [];
  if (!contentType.startsWith('application/json')) return [`${status} is no JSON`];
  return objectMisfits(parsed(body), told.schema);
}

const NO_STATUS = (status: number): string => `${status} comes without its Status`;

function objectMisfits(value: unknown, schema: Schema): readonly string[] {
  const name = schema.$ref?.replace('#/definitions/', '') ?? '';
  const kinds = (
    definitions[name] as { readonly 'x-kubernetes-group-version-kind'?: readonly Kind[] } | undefined
  )?.['x-kubernetes-group-version-kind'];
  const { kind, apiVersion } = (value ?? {}) as { readonly kind?: unknown; readonly apiVersion?: unknown };
  const isOne = (kinds ?? []).some(
    (one) => one.kind === kind && [...(one.group ? [one.group] : []), one.version].join('/') === apiVersion,
  );
  const strange = misfits(value, schema, definitions, name.split('.').at(-1));
  return isOne ? strange : [`${String(apiVersion)} ${String(kind)} is no ${name}`, ...strange];
}

/** The same for an object of a kind that the document has, as a manifest is one. */
export function strangeObject(object: {
  readonly kind: string;
  readonly apiVersion: string;
}): readonly string[] {
  const [version = '', group = ''] = object.apiVersion.split('/').toReversed();
  const found = Object.entries(definitions).find(([, definition]) =>
    (
      (definition as { readonly 'x-kubernetes-group-version-kind'?: readonly Kind[] })[
        'x-kubernetes-group-version-kind'
      ] ?? []
    ).some((one) => one.kind === object.kind && one.version === version && one.group === group),
  );
  if (!found) return [`nothing is told of ${object.apiVersion} ${object.kind}`];
  return misfits(object, { $ref: `#/definitions/${found[0]}` }, definitions, object.kind);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
