/** Signs of life of things that must not fall silent. */
export interface Heartbeats {
  /** On record when it resolves. Throws OutsideError, and UserError when nobody waits for this name. */
  beat(name: string): Promise<void>;
}
