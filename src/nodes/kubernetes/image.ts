import { readRelease } from '#src/domain/release.ts';
import type { Workload } from './workload.ts';

/** The name of an image, taken apart: `registry:5000/group/komodod:v0.9.2-2@sha256:…`. */
export interface Image {
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

export function imageOf(reference: string): Image {
  const [named = '', digest] = reference.split('@');
  const [, repository = named, tag] = /^(.*):([\w][\w.-]{0,127})$/.exec(named) ?? [];
  return { repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/**
 * What a tag tells of the software, by the names that a notice compares: a version, a commit. Nothing where it names no
 * release: `latest`, `stable`, a date.
 */
export function seenInTag(tag: string | undefined): { readonly version?: string; readonly commit?: string } {
  if (tag === undefined) return {};
  const { numbers, commit } = readRelease(tag);
  if (numbers && numbers.length > 1) return { version: tag };
  return commit === undefined ? {} : { commit };
}

/** As a person tells images apart: the tag, else the beginning of the digest. */
export const imageInWords = ({ tag, digest }: Image): string =>
  tag ?? (digest ? digest.replace('sha256:', '').slice(0, 12) : 'no tag');

/** Of every container, by its name. */
export const imagesInWords = ({ containers }: { readonly containers: Workload['containers'] }): string =>
  containers
    .map(({ name, image }) => `${name} ${imageInWords(imageOf(image))}`)
    .join(', ')
    .slice(0, 200);
