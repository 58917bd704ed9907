/** What is asked of a Kubernetes API: one object by its name, or those of a namespace that a selector matches. */
export interface Resource {
  /** `''` is the core group. */
  readonly group: '' | 'apps' | 'apps.openshift.io' | 'image.openshift.io';
  /** The plural, as roles name it. */
  readonly resource: string;
  readonly name?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Where it is not the node's own. */
  readonly namespace?: string | undefined;
}

/** A part of an object that is written, or that must be found as it was; https://www.rfc-editor.org/rfc/rfc6902 */
export interface Operation {
  readonly op: 'test' | 'add' | 'replace';
  readonly path: string;
  readonly value: unknown;
}

/** A change of one object: all of it, or nothing where a `test` does not hold. */
export interface Patch {
  readonly what: Resource & { readonly name: string };
  readonly operations: readonly Operation[];
  /** The API checks it in full, our rights and its admission too, and writes nothing. */
  readonly isRehearsal?: boolean | undefined;
}

export interface LogTail {
  readonly pod: string;
  readonly container?: string | undefined;
  /** Of the run before the present one. */
  readonly previous?: boolean | undefined;
  readonly lines: number;
  /** Values that nobody may see, beside those that look like secrets. */
  readonly secrets?: readonly string[] | undefined;
}

/** The API of the Kubernetes cluster that a node lives in, bound to the node's namespace. */
export interface Cluster {
  readonly namespace: string;
  /**
   * The object, or the list, as it came: JSON that nobody has checked. Bounded in bytes; ends when the signal aborts. Throws
   * OutsideError with words for a person: `not-found` is said only where the API itself says that there is no such
   * object, `rejected` where it does not know such resources at all.
   */
  get(what: Resource, signal: AbortSignal): Promise<unknown>;
  /**
   * Resolves with the object as it is after the change. Throws OutsideError: `rejected` where the API refuses it, a `test`
   * that does not hold included; with `maybeDone` where no answer came.
   */
  patch(patch: Patch, signal: AbortSignal): Promise<unknown>;
  /** The last lines that a container said, cut and without secrets; none where it said nothing. Throws OutsideError. */
  log(tail: LogTail, signal: AbortSignal): Promise<readonly string[]>;
}
