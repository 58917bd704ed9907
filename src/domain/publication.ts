import type { Notice } from './notice.ts';

/** A release that was published on GitHub, as a webhook or the list of releases tells of it. */
export interface Publication {
  /** The id stays when the repository is renamed or moved. */
  readonly repository: { readonly id: number; readonly fullName: string };
  readonly tag: string;
  readonly name?: string | undefined;
  readonly body?: string | undefined;
  readonly url?: string | undefined;
  readonly prerelease: boolean;
}

/** Takes releases, whichever way they came. */
export interface Publications {
  /** Drafts a notice; the same release twice is one draft. Throws OutsideError, UserError. */
  take(publication: Publication): Promise<Notice>;
}
