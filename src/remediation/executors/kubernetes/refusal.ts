import { isCancel } from 'axios';
import { z } from 'zod';

import type { Resource } from '#src/domain/cluster.ts';
import { OutsideError, type Reason } from '#src/domain/errors.ts';

/** What an API answers in place of what was asked; https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export const Status = z.object({
  kind: z.literal('Status'),
  status: z.enum(['Success', 'Failure']).optional(),
  message: z.string().optional(),
  reason: z.string().optional(),
  code: z.int().optional(),
  details: z
    .object({
      name: z.string().optional(),
      causes: z
        .array(
          z.object({
            reason: z.string().optional(),
            message: z.string().optional(),
            field: z.string().optional(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});
export type Status = z.infer<typeof Status>;

/** What was tried, as a role would have to allow it. */
export interface Tried extends Resource {
  readonly verb: 'get' | 'list' | 'patch';
  readonly at: string;
  readonly namespace: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter?: string | undefined;
}

const failed = (reason: Reason, words: string, detail?: ConstructorParameters<typeof OutsideError>[3]) =>
  new OutsideError('kubernetes', reason, words, detail);

/** For an answer that is not what was asked for. */
export function statusError({ status, body, retryAfter }: Answer, tried: Tried): OutsideError {
  const { at, namespace, name } = tried;
  const said = statusIn(body);
  switch (status) {
    case 401:
      return failed('unauthorized', `${at} does not accept our login: renew the token or the certificate`);
    case 403:
      // Admission and quotas say no in the same way as a role that lacks something.
      if (tried.verb === 'patch' && said?.message !== undefined && !LACKING.test(said.message))
        return failed('rejected', `${at} refuses: ${said.message.slice(0, 200)}`);
      return failed('forbidden', `${at} lets us in, but ${lacking(tried, said)}: ${grantOf(tried)}`);
    case 404:
      if (said?.reason === 'NotFound' && said.details?.name !== undefined)
        return failed(
          'not-found',
          `there is no ${one(tried.resource)} ${name ?? ''} in namespace ${namespace}`,
        );
      return failed('rejected', `${at} knows no ${tried.resource}${ofGroup(tried)}`);
    case 409:
      return failed(
        'rejected',
        `${one(tried.resource)} ${name ?? ''} was changed by somebody else at the same moment`,
      );
    case 422:
      return failed('rejected', `${at} refuses what was to be written${fieldsIn(said)}`);
    case 429: {
      const retryAfterMs = msOf(retryAfter);
      return failed('rate-limited', `${at} asks us to come back later`, { retryAfterMs });
    }
    default:
      if (status === 410 || status >= 500)
        return failed('unavailable', `${at} cannot answer now (HTTP ${status})`, {
          retryAfterMs: msOf(retryAfter),
        });
      if (said && status >= 400)
        return failed('rejected', `${at} refuses: ${(said.message ?? `HTTP ${status}`).slice(0, 200)}`);
      return failed('unreadable', `${at} answers something that is not of a Kubernetes API (HTTP ${status})`);
  }
}

/** For an exchange that ended without an answer. The cause is made anew: the client's own error carries the token. */
export function transportError(error: unknown, at: string): OutsideError {
  if (error instanceof OutsideError) return error;
  const code = codeOf(error);
  const cause = Object.assign(new Error(code), { code });
  if (isCancel(error) || code === 'ABORT_ERR') return failed('timeout', `${at} gave no full answer in time`);
  if (UNTRUSTED.test(code)) {
    const advice = 'nothing was sent; compare the certificate-authority of the kubeconfig with the cluster';
    return failed('untrusted', `${at} is not who it must be (${code}): ${advice}`, { cause });
  }
  switch (code) {
    case 'ECONNREFUSED':
      return failed('unavailable', `nothing listens on ${at}`, { cause });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return failed('unavailable', `the name of ${at} does not resolve`, { cause });
    case 'ERR_BAD_RESPONSE':
      return failed('unreadable', `${at} answers more than may be read, or broke off`, { cause });
    default:
      if (/^(HPE_|EPROTO|ERR_SSL)/.test(code))
        return failed('unreadable', `${at} does not speak HTTPS`, { cause });
      return failed('unavailable', `no way to ${at} (${code})`, { cause });
  }
}

/** OpenSSL's verdicts on a certificate; https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|ERR_TLS_CERT)/;

/** The Status that a body is; undefined when it is none. */
export const statusIn = (body: string): Status | undefined => readJson(Status, body);

/** The same at the end of a program that was run, which leaves out what it is. */
export const endIn = (body: string): Omit<Status, 'kind'> | undefined =>
  readJson(Status.omit({ kind: true }), body);

function readJson<T>(shape: z.ZodType<T>, body: string): T | undefined {
  try {
    return shape.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

const ofGroup = ({ group }: Resource): string => (group === '' ? '' : ` (${group})`);
/** A subresource is of the object before it. */
const one = (resource: string): string => resource.replace(/s(\/.*)?$/, '');
/** Values that were refused may be secret: the fields are enough. */
function fieldsIn(said: Status | undefined): string {
  const fields = (said?.details?.causes ?? []).flatMap(({ field }) => field ?? []).slice(0, 3);
  return fields.length > 0 ? `, at ${fields.join(', ').slice(0, 200)}` : '';
}
const LACKING = /cannot (get|list|create|patch) resource/;
/** The manifest that gives what is lacking. */
const grantOf = ({ verb, resource }: Tried): string =>
  verb === 'patch' || resource === 'pods/log'
    ? 'apply deploy/kubernetes/rollouts.yaml, with the names of the workloads in it'
    : 'see docs/kubernetes.md';
/** A WebSocket takes `get`, and since 1.35 `create` too: which one is missing only the answer tells. */
const lacking = (tried: Tried, said: Status | undefined): string => {
  const verb = LACKING.exec(said?.message ?? '')?.[1] ?? tried.verb;
  return `our role lacks "${verb}" on ${tried.resource}${ofGroup(tried)} in namespace ${tried.namespace}`;
};

/** Seconds, as Kubernetes gives them. */
function msOf(retryAfter: string | undefined): number | undefined {
  const seconds = Number(retryAfter);
  return retryAfter && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : 'no code';
}
