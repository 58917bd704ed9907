import type { Target } from '#src/domain/node.ts';
import { profileOf } from '#src/domain/profile.ts';

/**
 * Whether what an iguana notarises has come to its end: as its coin says it, else as its make's assetchains do. By
 * time alone: iguana tells of no height.
 */
export function isOver({ dpow, profile }: Target, now: Date): boolean {
  if (dpow === false) return true;
  const { time } = (dpow ?? profileOf(profile)?.dpow?.assetchains)?.until ?? {};
  return time !== undefined && Date.parse(time) <= now.getTime();
}
