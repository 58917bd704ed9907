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

/** The API of the Kubernetes cluster that a node lives in, bound to the node's namespace. */
export interface Cluster {
  readonly namespace: string;
  /**
   * The object, or the list, as it came: JSON that nobody has checked. Bounded in bytes; ends when the signal aborts. Throws
   * OutsideError with words for a person: `not-found` is said only where the API itself says that there is no such
   * object, `rejected` where it does not know such resources at all.
   */
  get(what: Resource, signal: AbortSignal): Promise<unknown>;
}
