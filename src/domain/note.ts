import type { Message } from './message.ts';

/** Something Tocsin has to say about itself: a bad fleet file, a job that could not be read. */
export interface Note {
  readonly message: Message;
}
