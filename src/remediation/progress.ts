import type { Json, Request, StepRecord } from '#src/domain/remedy.ts';

import { changed } from './decide.ts';

/** Taken up by a process: for the first time, or after the one before was killed. */
export function begin(request: Request, now: Date): Request {
  if (request.state !== 'approved' && request.state !== 'running') return request;
  return changed(request, {
    state: 'running',
    waiting: undefined,
    run: (request.run ?? 0) + 1,
    startedAt: request.startedAt ?? now.toISOString(),
  });
}

export const stepOf = (request: Request, name: string): StepRecord | undefined =>
  request.steps.find((step) => step.name === name);

export function stepBegun(request: Request, name: string, now: Date): Request {
  if (stepOf(request, name)) return request;
  return changed(request, { steps: [...request.steps, { name, startedAt: now.toISOString() }] });
}

export const stepDone = (request: Request, name: string, result: Json, now: Date): Request =>
  changed(request, {
    steps: request.steps.map((step) =>
      step.name === name ? { ...step, doneAt: now.toISOString(), result } : step,
    ),
  });

export const succeeded = (request: Request, result: string, now: Date): Request =>
  changed(request, { state: 'succeeded', result, progress: undefined, endedAt: now.toISOString() });

export const failed = (request: Request, reason: string, now: Date): Request =>
  changed(request, { state: 'failed', reason, progress: undefined, endedAt: now.toISOString() });

/** Stopped between two steps, because somebody wanted it. */
export const stopped = (request: Request, reason: string, now: Date): Request =>
  changed(request, { state: 'cancelled', reason, progress: undefined, endedAt: now.toISOString() });
