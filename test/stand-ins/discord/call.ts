import type { Fields } from './complaints.ts';
import type { UploadedFile } from './body.ts';

/** One request as it is understood, before anything is done about it. */
export interface Call {
  readonly method: string;
  /** Without /api/v10 and without the query. */
  readonly path: string;
  /** The path with its parameters named, as in /channels/:channel/messages; undefined when unknown. */
  readonly route: string | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly files: readonly UploadedFile[];
}

export interface Answer {
  readonly status: number;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A parameter of the route; a route without it is a mistake of the route table. */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`No parameter ${name} in ${call.route}`);
  return value;
}

/** What a request log keeps of one call; the answer is filled in once it was given. */
export interface RequestRecord {
  readonly method: string;
  readonly route: string | undefined;
  readonly path: string;
  readonly query: string;
  readonly body: unknown;
  readonly files: number;
  readonly at: Date;
  /** The fault that struck, by its kind. */
  readonly fault?: string;
  readonly status?: number;
  readonly code?: number;
  readonly tookMs?: number;
}

export function codeOf(answer: Answer): number | undefined {
  const { code } = (typeof answer.body === 'object' ? answer.body : {}) as Fields;
  return typeof code === 'number' ? code : undefined;
}
