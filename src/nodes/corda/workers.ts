import { OutsideError } from '#src/domain/errors.ts';
import { type Get, isRefused } from './http.ts';
import { readMBean } from './jolokia.ts';
import { NodeStatus, StartTime } from './payloads.ts';
import type { Worker } from './settings.ts';

/** A worker as its Jolokia agent, which is in the same process, tells of it. */
export type WorkerSeen =
  | { readonly id: string; readonly state: 'up' | 'starting'; readonly startedAt?: Date | undefined }
  | { readonly id: string; readonly state: 'down' | 'unknown'; readonly why: string };

/** Never rejects for a worker's sake: refused is down, what cannot be asked or read is not known. */
export async function lookAtWorker({ id, jolokia }: Worker, get: Get): Promise<WorkerSeen> {
  if (jolokia === undefined) return { id, state: 'unknown', why: 'the fleet file gives no jolokia of it' };
  try {
    const status = await readMBean(jolokia, 'net.corda:name=Status,type=Node', { get, as: NodeStatus });
    if (!status) return { id, state: 'unknown', why: 'its Jolokia agent tells of no Corda node' };
    if (status.Value === 'STOPPING') return { id, state: 'down', why: 'is stopping' };
    const started = await readMBean(jolokia, 'java.lang:type=Runtime/StartTime', {
      get,
      as: StartTime,
    }).catch(ofOutside);
    return {
      id,
      state: status.Value === 'STARTED' ? 'up' : 'starting',
      startedAt: started === undefined ? undefined : new Date(started),
    };
  } catch (error) {
    if (isRefused(error))
      return { id, state: 'down', why: `does not run: ${(error as OutsideError).message}` };
    if (error instanceof OutsideError) return { id, state: 'unknown', why: error.message };
    throw error;
  }
}

function ofOutside(error: unknown): undefined {
  if (!(error instanceof OutsideError)) throw error;
}
