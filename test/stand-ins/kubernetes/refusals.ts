import type { Asked } from './resources.ts';

/** An answer that is no object. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const statusOf = (code: number, reason: string, message: string, details?: object): Refusal => ({
  status: code,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details && { details }),
    code,
  }),
});

const qualified = ({ group, resource }: Asked): string => (group === '' ? resource : `${resource}.${group}`);
const detailsOf = ({ name, group, resource }: Asked): object => ({
  ...(name !== undefined && { name }),
  ...(group !== '' && { group }),
  kind: resource,
});

export const unauthorized = (): Refusal => statusOf(401, 'Unauthorized', 'Unauthorized');

export function forbidden(user: string, verb: string, asked: Asked): Refusal {
  const { group, resource, sub, namespace, name } = asked;
  const whole = sub === undefined ? resource : `${resource}/${sub}`;
  const what = name === undefined ? qualified(asked) : `${qualified(asked)} "${name}"`;
  const message = `${what} is forbidden: User "${user}" cannot ${verb} resource "${whole}" in API group "${group}" in the namespace "${namespace}"`;
  return statusOf(403, 'Forbidden', message, detailsOf(asked));
}

export const notFound = (asked: Asked): Refusal =>
  statusOf(404, 'NotFound', `${qualified(asked)} "${asked.name}" not found`, detailsOf(asked));

/** Of a path that no API serves: plain text, no Status. */
export const noSuchPath = (): Refusal => ({
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: '404 page not found\n',
});

export const expired = (): Refusal =>
  statusOf(410, 'Expired', 'The provided continue parameter is too old to display a consistent list result.');

/** By priority and fairness. */
export const tooMany = (seconds = 1): Refusal => ({
  status: 429,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': String(seconds) },
  body: 'Too many requests, please try again later.\n',
});

export const badRequest = (message: string): Refusal => statusOf(400, 'BadRequest', message);
export const broken = (code = 500): Refusal =>
  statusOf(code, code === 503 ? 'ServiceUnavailable' : 'InternalError', 'etcdserver: request timed out');

/** A patch that cannot be applied, a `test` that does not hold: without a word of which. */
export const unprocessable = (): Refusal =>
  statusOf(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

/** An object that may not be so. */
export const invalid = ({ kind, group, name }: Asked, field: string, message: string): Refusal =>
  statusOf(422, 'Invalid', `${kind}.${group} "${name}" is invalid: ${field}: Invalid value: ${message}`, {
    name,
    group,
    kind,
    causes: [{ reason: 'FieldValueInvalid', message: `Invalid value: ${message}`, field }],
  });

export const conflict = (asked: Asked): Refusal =>
  statusOf(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(asked)} "${asked.name}": the object has been modified; please apply your changes to the latest version and try again`,
    detailsOf(asked),
  );

export const unsupportedType = (): Refusal =>
  statusOf(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format');

/** Of an admission: a quota, a policy. */
export const denied = ({ name, group, resource, ...rest }: Asked, why: string): Refusal =>
  statusOf(
    403,
    'Forbidden',
    `${qualified({ name, group, resource, ...rest })} "${name}" is forbidden: ${why}`,
    detailsOf({ name, group, resource, ...rest }),
  );
