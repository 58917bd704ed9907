/** A person could not do this in Discord's own client; the message says why. */
export class CannotDo extends Error {
  override readonly name = 'CannotDo';
}
