/** Turns a drawing (SVG) into a picture that every chat shows (PNG). */
export interface Pictures {
  /** Undefined when it could not be drawn in time: the words beside it must do. */
  png(svg: string): Promise<Uint8Array | undefined>;
}
