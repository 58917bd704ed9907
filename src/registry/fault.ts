import { basename } from 'node:path';

/** Something wrong in the fleet file. No value of a secret is in it. */
export interface Fault {
  /** Counted from 1; undefined for a fault of the file as a whole. */
  readonly line?: number | undefined;
  /** As in `nodes[0].services[1].coin`; empty for the file as a whole. */
  readonly path: string;
  readonly words: string;
}

/** The fleet cannot be taken from the file; `faults` are all of them. */
export class FleetError extends Error {
  override readonly name = 'FleetError';
  readonly file: string;
  readonly faults: readonly Fault[];

  constructor(file: string, faults: readonly Fault[]) {
    const head = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
    super(`${file} has ${head}:\n${faults.map((fault) => `  ${faultLine(file, fault)}`).join('\n')}`);
    this.file = file;
    this.faults = faults;
  }
}

/** `fleet.yaml:12 nodes[0].seat: there is no seat "x"` */
export const faultLine = (file: string, { line, path, words }: Fault): string =>
  `${basename(file)}${line === undefined ? '' : `:${line}`}${path ? ` ${path}` : ''}: ${words}`;
