import { setTimeout as pause } from 'node:timers/promises';

import type { Operation } from '#src/domain/cluster.ts';
import { OutsideError, UserError, unstopped } from '#src/domain/errors.ts';
import type { Scene } from '../scene.ts';
import { templateDigest } from '../template.ts';
import { readWorkload, resourceOf, type Workload } from '../workload.ts';
import { nameOf } from './preconditions.ts';
import type { Rolling } from './rolling.ts';

/** The request whose change this was; it stays on the workload, and says so once Tocsin comes back to it. */
export const MARK = 'tocsin/request';

/** How it was right after the change. A type, not an interface: it is kept as JSON. */
export type Written = {
  readonly template: string;
  readonly generation: number;
};

export interface Change {
  /** What is written, made for the workload as it is then. Throws UserError where that cannot be. */
  operations(scene: Scene): Promise<readonly Operation[]>;
  /** Whether the workload has what was written. */
  isThere(workload: Workload): boolean;
}

/**
 * A step: writes a change of the template, once, and only to the workload that was approved. It looks before each try; what
 * a patch without an answer did is told by its mark, and one that comes late finds another version and is refused.
 */
export function write(rolling: Rolling, change: Change): Promise<Written> {
  const { carrying, cluster, waits, look } = rolling;
  const { journal, request, bound, signal } = carrying;
  return journal.step('change the template', async (interrupted): Promise<Written> => {
    const began = performance.now();
    let maybeWritten = interrupted;
    let refused: { readonly error: OutsideError; readonly version: string | undefined } | undefined;
    for (;;) {
      let seen: Workload | undefined;
      try {
        const scene = look();
        seen = await scene.workload();
        if (seen.annotations[MARK] === request) return writtenIn(seen, change);
        // The same version as the one refused: then it was no change of somebody else's that stood in the way.
        if (refused && refused.version === seen.version) throw refused.error;
        requireAsApproved(seen, bound);
        const what = resourceOf(seen);
        const wanted = await change.operations(scene);
        const operations = [...expecting(seen), ...marked(seen, request), ...wanted];
        const answer = await cluster.patch({ what, operations }, signal);
        maybeWritten = true;
        return writtenIn(readWorkload(answer, seen), change);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof OutsideError) || error === refused?.error) throw error;
        maybeWritten ||= error.maybeDone;
        const isConflict = error.reason === 'rejected' && seen !== undefined;
        const isGarbled = maybeWritten && error.reason === 'unreadable';
        if (!isConflict && !isGarbled && !error.retryable && !error.maybeDone) throw error;
        if (performance.now() - began > waits.writeMs) throw unsure(error, maybeWritten);
        refused = isConflict ? { error, version: seen?.version } : undefined;
        await carrying.progress(`${error.message}; looking again`);
      }
      await pause(waits.everyMs, undefined, { signal });
    }
  });
}

function writtenIn(workload: Workload, change: Change): Written {
  if (!change.isThere(workload))
    throw new UserError(
      `${nameOf(workload)}: the change was written, and somebody else has changed the template since. Look at it: kubectl rollout history and status.`,
    );
  return { template: templateDigest(workload.template), generation: workload.generation };
}

function requireAsApproved(workload: Workload, bound: Rolling['carrying']['bound']): void {
  if (workload.uid === bound['uid'] && String(workload.generation) === bound['generation']) return;
  throw new UserError(
    `${nameOf(workload)} was changed by somebody else since it was approved (generation ${workload.generation}, approved was ${bound['generation']}): Tocsin's change is not in it. Request it again`,
  );
}

/** The preconditions of every write. */
const expecting = ({ uid, version }: Workload): readonly Operation[] => [
  { op: 'test', path: '/metadata/uid', value: uid },
  { op: 'test', path: '/metadata/resourceVersion', value: version },
];

const marked = ({ annotations }: Workload, request: string): readonly Operation[] => [
  ...(Object.keys(annotations).length > 0
    ? []
    : [{ op: 'add', path: '/metadata/annotations', value: {} } as const]),
  { op: 'add', path: `/metadata/annotations/${pointed(MARK)}`, value: request },
];

/** A key as a JSON pointer has it; https://www.rfc-editor.org/rfc/rfc6901 */
export const pointed = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

const unsure = (error: OutsideError, maybeWritten: boolean): UserError =>
  new UserError(
    `${unstopped(error.message)}: ${maybeWritten ? 'the change may have been written. Look at it: kubectl rollout history and status' : 'nothing was written. Request it again'}`,
  );
