import { readFileSync } from 'node:fs';

import { CORE } from './resources.ts';

/**
 * Cuts the OpenAPI document that Kubernetes publishes (api/openapi-spec/swagger.json of its repository) down to the facts that
 * the tests use; test/recorded/kubernetes/README.md says which one was cut:
 *   node test/stand-ins/kubernetes/cut-openapi.ts swagger.json > test/recorded/kubernetes/openapi.json
 */
const [, , from = ''] = process.argv;
const whole = JSON.parse(readFileSync(from, 'utf8')) as Record<string, Record<string, unknown>>;

const SUBRESOURCES = ['pods/{name}/log', 'pods/{name}/exec', 'pods/{name}/portforward'];
/** The kinds of deploy/kubernetes that no call of Tocsin's names. */
const MANIFESTS = [
  'core.v1.Namespace',
  'core.v1.PersistentVolumeClaim',
  'core.v1.Service',
  'core.v1.ServiceAccount',
  'rbac.v1.Role',
  'rbac.v1.RoleBinding',
];
const METHODS = ['get', 'patch', 'parameters'];
/** Words for people, and what says nothing of how a request or an answer must be. */
const WORDS = new Set([
  'description',
  'tags',
  'schemes',
  'operationId',
  'security',
  'externalDocs',
  'default',
]);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field may be named as one of the words: within `properties` every key is a name. */
function facts(value: unknown, areNames = false): unknown {
  if (Array.isArray(value)) return value.map((one) => facts(one));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => areNames || !WORDS.has(key))
      .map(([key, one]) => [key, facts(one, !areNames && key === 'properties')]),
  );
}

const refOf = ({ $ref }: Record<string, unknown>): string => (typeof $ref === 'string' ? $ref : '');

const wanted = [
  ...CORE.flatMap(({ group, resource }) => [`${group}|${resource}`, `${group}|${resource}/{name}`]),
  ...SUBRESOURCES.map((path) => `|${path}`),
].map((one) => {
  const [group = '', path = ''] = one.split('|');
  return `${group === '' ? '/api/v1' : `/apis/${group}/v1`}/namespaces/{namespace}/${path}`;
});
const paths = Object.fromEntries(
  wanted.map((path) => {
    const found = whole['paths']?.[path];
    if (!isObject(found)) throw new Error(`${from} has no path ${path}`);
    const kept = Object.entries(found).filter(([key]) => METHODS.includes(key));
    return [path, facts(Object.fromEntries(kept))];
  }),
);

const parts: Record<string, Record<string, unknown>> = { parameters: {}, definitions: {} };
/** What is pointed to, and what that points to. */
function follow(value: unknown): void {
  if (Array.isArray(value)) value.forEach(follow);
  if (!isObject(value)) return;
  const [, part = '', name = ''] = /^#\/(\w+)\/(.*)$/.exec(refOf(value)) ?? [];
  if (part !== '' && parts[part]?.[name] === undefined) {
    const found = facts(whole[part]?.[name]);
    parts[part] = { ...parts[part], [name]: found };
    follow(found);
  }
  Object.values(value).forEach(follow);
}
follow(paths);
follow(MANIFESTS.map((kind) => ({ $ref: `#/definitions/io.k8s.api.${kind}` })));
follow([{ $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Status' }]);

const sorted = (all: Record<string, unknown> = {}): object =>
  Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));
/** One line for each definition and path: a change of the next version is seen in a diff. */
const lines = (all: object): string =>
  Object.entries(all)
    .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(',\n');
const document = {
  paths,
  parameters: sorted(parts['parameters']),
  definitions: sorted(parts['definitions']),
};
const sections = Object.entries(document).map(
  ([name, all]) => `  ${JSON.stringify(name)}: {\n${lines(all)}\n  }`,
);
process.stdout.write(`{\n${sections.join(',\n')}\n}\n`);
