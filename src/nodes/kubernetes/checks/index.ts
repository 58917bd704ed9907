import type { Check } from './check.ts';
import { imageStream } from './image-stream.ts';
import { image } from './image.ts';
import { pods } from './pods.ts';
import { restarts } from './restarts.ts';
import { revisions } from './revisions.ts';
import { rollout } from './rollout.ts';
import { volume } from './volume.ts';

/** Every check, in the order of the results. */
export const checks: readonly Check[] = [rollout, pods, restarts, image, revisions, volume, imageStream];
