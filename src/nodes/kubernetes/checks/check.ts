import type { Check as CheckOf } from '../../check.ts';
import type { Scene } from '../scene.ts';

export { type Seen, unknown } from '../../check.ts';

export interface Check extends CheckOf<Scene> {
  /** Whether there is anything to look at; it is left out where there is nothing. */
  applies?(scene: Scene): Promise<boolean>;
}
