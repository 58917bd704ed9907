import axios, { isAxiosError } from 'axios';
import type { MatrixClient } from 'matrix-bot-sdk';

const MOST_BYTES = 32 * 1024 * 1024;

type DoRequest = MatrixClient['doRequest'];

interface Options {
  readonly homeserverUrl: string;
  readonly accessToken: string;
  /** No call takes longer, whatever the SDK asks for. */
  readonly withinMs: number;
  /** Ends every call under way. */
  readonly ending: AbortSignal;
  /** Makes the error that the SDK itself recognises. */
  readonly refusal: (
    body: { errcode: string; error: string; retry_after_ms: number },
    status: number,
  ) => Error;
}

/**
 * The SDK's requests over axios: its own cannot be aborted, are not bounded when the answer drips, and
 * follow whatever proxy the environment names. Rejects with the SDK's MatrixError or with an Error that
 * has `statusCode` or `code`; none of them holds the access token.
 */
export function boundedRequests({
  homeserverUrl,
  accessToken,
  withinMs,
  ending,
  refusal,
}: Options): DoRequest {
  return async (method, endpoint, query, body, timeoutMs = withinMs, raw, contentType, noEncoding) => {
    const late = AbortSignal.timeout(Math.min(timeoutMs, withinMs));
    const response = await axios
      .request<Buffer>({
        method: String(method),
        url: `${homeserverUrl}${String(endpoint)}`,
        params: query as Record<string, unknown>,
        paramsSerializer: { indexes: null },
        data: Buffer.isBuffer(body) || body === null || body === undefined ? body : JSON.stringify(body),
        headers: {
          Authorization: `Bearer ${accessToken}`,
          'Content-Type': Buffer.isBuffer(body)
            ? (contentType ?? 'application/octet-stream')
            : 'application/json',
        },
        responseType: 'arraybuffer',
        validateStatus: () => true,
        maxRedirects: 0,
        maxContentLength: MOST_BYTES,
        maxBodyLength: MOST_BYTES,
        proxy: false,
        signal: AbortSignal.any([ending, late]),
      })
      .catch((error: unknown) => {
        throw withoutRequest(error, late.aborted);
      });
    const { status, data } = response;
    const headers = Object.fromEntries(Object.entries(response.headers));
    const answer: unknown = noEncoding ? data : parsed(data);
    if (status >= 200 && status < 300) {
      if (!raw && !noEncoding && answer === undefined) throw Object.assign(new SyntaxError('no JSON'), {});
      return raw ? { statusCode: status, headers, body: answer } : answer;
    }
    const refused = parsed(data) as { errcode?: string; error?: string; retry_after_ms?: number } | undefined;
    if (typeof refused?.errcode !== 'string') {
      throw Object.assign(new Error(`HTTP ${status}`), { statusCode: status, headers });
    }
    const { errcode, error = '', retry_after_ms = Number(headers['retry-after']) * 1_000 } = refused;
    throw refusal({ errcode, error, retry_after_ms }, status);
  };
}

function parsed(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

// An axios error carries the whole request, its Authorization header included.
function withoutRequest(error: unknown, late: boolean): Error {
  const code = isAxiosError(error) ? error.code : undefined;
  const message = error instanceof Error ? error.message : 'the call failed';
  if (late) return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
  if (/maxContentLength/u.test(message)) return Object.assign(new Error(message), { code: 'ERR_BAD_LENGTH' });
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
