import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './body.ts';
import type { Body } from './body.ts';
import { codeOf } from './call.ts';
import type { Answer, Call, RequestRecord } from './call.ts';
import type { Context } from './context.ts';
import { answerOf } from './faults.ts';
import type { Faults, Struck } from './faults.ts';
import { Refusal, refusals } from './refusal.ts';
import { createRouter } from './router.ts';
import type { Match } from './router.ts';
import { routes } from './routes/list.ts';

const REMEMBERED = 5000;
const PREFIX = '/api/v10';

/** The REST side: reads a request, lets faults strike, carries it out, answers, and keeps a log. */
export interface Rest {
  /** The newest requests, oldest first. */
  readonly requests: readonly RequestRecord[];
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function createRest(context: Context, faults: Faults): Rest {
  const { world, limits } = context;
  const router = createRouter(routes);
  const requests: Mutable<RequestRecord>[] = [];

  const log = (call: Call, struck: Struck | undefined): Mutable<RequestRecord> => {
    const { method, route, path, query, body, files } = call;
    const entry = { method, route, path, query: String(query), body, files: files.length, at: new Date() };
    requests.push({ ...entry, ...(struck && { fault: struck.plan.kind }) });
    if (requests.length > REMEMBERED) requests.shift();
    return requests.at(-1) as RequestRecord;
  };

  const carryOut = (call: Call, match: Match<Context> | undefined, token: string | undefined): Answer => {
    const banned = limits.banned();
    if (banned) return banned;
    return answering(() => {
      if (!match) throw router.refuse(call.path);
      const { needsToken = true, isGlobal = true, hasBucket = true } = match.route;
      if (needsToken && token !== `Bot ${world.token}`) throw refusals.unauthorized();
      const { headers, refused } = limits.admit(call, { isGlobal, hasBucket });
      const answer = refused ?? answering(() => match.route.handle(context, call));
      return { ...answer, headers: { ...headers, ...answer.headers } };
    });
  };

  return {
    requests,
    async handle(request, response) {
      const url = new URL(request.url ?? '/', world.host.origin);
      if (url.pathname.startsWith('/attachments/')) return serveAttachment(context, url, response);
      const method = request.method ?? 'GET';
      const path = decodeURIComponent(url.pathname).slice(PREFIX.length);
      const match = router.match(method, path);
      const body = await readBody(request).catch((error: unknown) => error as Error);
      if (request.socket.destroyed) return;
      const call = toCall({ method, path, query: url.searchParams, match, body });
      const struck = faults.strike(call);
      const entry = log(call, struck);
      world.changes.tell();
      const run = (): Answer => {
        if (!url.pathname.startsWith(`${PREFIX}/`)) return toAnswer(refusals.invalidVersion());
        if (body instanceof Error) return toAnswer(body);
        return carryOut(call, match, request.headers.authorization);
      };
      const answer = await underFault(struck, run, () => request.socket.destroyed);
      entry.tookMs = Date.now() - entry.at.getTime();
      if (!answer) {
        request.socket.resetAndDestroy();
        return world.changes.tell();
      }
      limits.note(call, answer);
      entry.status = answer.status;
      const code = codeOf(answer);
      if (code !== undefined) entry.code = code;
      send(response, answer);
      return world.changes.tell();
    },
  };
}

/** Carries the request out as the fault allows; undefined when the connection is to be cut instead. */
async function underFault(
  struck: Struck | undefined,
  run: () => Answer,
  isGone: () => boolean,
): Promise<Answer | undefined> {
  if (!struck) return run();
  const { plan, released } = struck;
  switch (plan.kind) {
    case 'drop-before':
      return undefined;
    case 'drop-after':
      run();
      return undefined;
    case 'hang': {
      const done = plan.effect ? run() : undefined;
      await released;
      return isGone() ? undefined : (done ?? run());
    }
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, plan.delayMs));
      return isGone() ? undefined : run();
    case 'status':
      if (plan.effect) run();
      return answerOf(plan);
    case 'rate-limit':
      return answerOf(plan);
    default:
      return plan satisfies never;
  }
}

function answering(run: () => Answer): Answer {
  try {
    return run();
  } catch (error) {
    return toAnswer(error as Error);
  }
}

/** A refusal as its answer; anything else is a mistake of the stand-in and shows as such. */
function toAnswer(error: Error): Answer {
  if (error instanceof Refusal) return { status: error.status, body: error.toBody() };
  console.error('The Discord stand-in failed', error);
  return {
    status: 500,
    body: { message: `500: Internal Server Error (stand-in: ${error.message})`, code: 0 },
  };
}

interface Understood {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly match: Match<Context> | undefined;
  readonly body: Body | Error;
}

function toCall({ method, path, query, match, body }: Understood): Call {
  const { json, files } = body instanceof Error ? { json: undefined, files: [] } : body;
  const { route, params = {} } = match ? { route: match.route.path, params: match.params } : {};
  return { method, path, route, params, query, body: json, files };
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  response.writeHead(status, {
    'content-type': typeof body === 'object' ? 'application/json' : 'text/html; charset=utf-8',
    via: '1.1 google',
    ...headers,
  });
  response.end(text);
}

function serveAttachment({ world }: Context, url: URL, response: ServerResponse): void {
  const attachment = world.attachments.get(url.pathname.split('/')[3] ?? '');
  if (!attachment) return send(response, { status: 404, body: '' });
  response.writeHead(200, { 'content-type': attachment.contentType, 'content-length': attachment.size });
  response.end(attachment.bytes);
}
