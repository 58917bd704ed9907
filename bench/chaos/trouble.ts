import type { FaultPlan } from '#test/stand-ins/discord/discord.ts';
import type { FaultPlan as MatrixFaultPlan } from '#test/stand-ins/matrix/matrix.ts';

import type { Book } from './book.ts';
import { type Random, randomOf } from './random.ts';
import type { Stage } from './stage.ts';

type Shares = readonly (readonly [share: number, plan: FaultPlan])[];

/** Of each hundred calls so many … */
const DISCORD: Shares = [
  [0.04, { kind: 'drop-after' }],
  [0.02, { kind: 'drop-before' }],
  [0.02, { kind: 'status', status: 500 }],
  [0.01, { kind: 'status', status: 502, effect: true }],
  [0.02, { kind: 'rate-limit', retryAfterMs: 700 }],
  [0.002, { kind: 'hang', effect: true }],
];
const MATRIX: readonly (readonly [share: number, plan: MatrixFaultPlan])[] = [
  [0.04, { kind: 'drop-after' }],
  [0.02, { kind: 'drop-before' }],
  [0.02, { kind: 'status', status: 500 }],
  [0.01, { kind: 'status', status: 502, effect: true }],
  [0.03, { kind: 'rate-limit', retryAfterMs: 500 }],
  [0.002, { kind: 'hang', effect: true }],
];

/** Has single calls of the bot go wrong, until it is disposed. */
export function makeTrouble(stage: Stage, book: Book, seed: number): Disposable {
  const struck = (kind: string): true => {
    book.faults.set(kind, (book.faults.get(kind) ?? 0) + 1);
    return true;
  };
  const draw = (random: Random, share: number, kind: string) => () => random() < share && struck(kind);
  const faults = [
    ...DISCORD.map(([share, plan]) => {
      const when = draw(randomOf(seed, `discord ${plan.kind}`), share, `discord ${plan.kind}`);
      // Interactions are people's: they see that it failed and try again, which tells nothing of delivery.
      return stage.discord.faults.add({
        ...plan,
        match: { route: /^\/channels\/|^\/users\/@me\/channels/, when },
      });
    }),
    ...MATRIX.map(([share, plan]) => {
      const when = draw(randomOf(seed, `matrix ${plan.kind}`), share, `matrix ${plan.kind}`);
      return stage.matrix.faults.add({
        ...plan,
        match: { path: /\/(send|event|relations)\/|createRoom|account_data/, when },
      });
    }),
  ];
  return {
    [Symbol.dispose]() {
      for (const fault of faults) fault.remove();
      // What hangs is let go, or it would answer into the judgement.
      stage.discord.faults.clear();
      stage.matrix.faults.clear();
    },
  };
}
