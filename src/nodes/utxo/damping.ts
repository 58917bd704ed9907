import type { Dampings } from '#src/domain/damping.ts';

const MINUTE_MS = 60_000;

/** How alerts are damped that most looks cannot be wrong about, or that pass by themselves. */
export const damping: Dampings = {
  // A port that refuses is no matter of chance, and every minute without the daemon costs notarisations.
  DaemonDown: { looks: 1, of: 1 },
  // Loading an index takes its time.
  DaemonStarting: { looks: 1, of: 1, forMs: 30 * MINUTE_MS },
  // A block or two behind is how a chain lives.
  OutOfSync: { looks: 3, of: 4 },
  // Our own machine may be the slow one.
  ListunspentSlow: { looks: 3, of: 4 },
};
