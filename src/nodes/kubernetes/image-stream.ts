import { z } from 'zod';

import type { Resource } from '#src/domain/cluster.ts';
import { Condition, Meta, readAs, Time } from './meta.ts';
import type { ImageTrigger, Workload } from './workload.ts';

/** A tag of an OpenShift image stream; https://docs.openshift.com/container-platform/4.14/openshift_images/image-streams-manage.html */
export interface StreamTag {
  readonly stream: string;
  readonly tag: string;
  /** Digest of the newest image under the tag; undefined when there is none. */
  readonly newest: string | undefined;
  readonly importedAt: string | undefined;
  /** Why the newest could not be fetched. */
  readonly failing: string | undefined;
}

const MOST = 300;

const Stream = z.object({
  kind: z.literal('ImageStream'),
  metadata: Meta,
  status: z.object({
    tags: z
      .array(
        z.object({
          tag: z.string().max(MOST),
          items: z.array(z.object({ image: z.string().max(MOST), created: Time.nullish() })).nullish(),
          conditions: z.array(Condition).nullish(),
        }),
      )
      .nullish(),
  }),
});

const Triggers = z.array(
  z.object({
    paused: z.union([z.boolean(), z.string()]).optional(),
    from: z.object({
      kind: z.string(),
      name: z.string().max(MOST),
      namespace: z.string().max(MOST).optional(),
    }),
  }),
);

/** https://docs.openshift.com/container-platform/4.14/openshift_images/triggering-updates-on-imagestream-changes.html */
const ANNOTATION = 'image.openshift.io/triggers';

/** The tag that the workload follows, the first where it follows several; undefined where it follows none. */
export function followedBy({ imageTriggers, annotations }: Workload): ImageTrigger | undefined {
  const [own] = imageTriggers;
  return own ?? triggersIn(annotations[ANNOTATION]).find(({ kind }) => kind === 'ImageStreamTag');
}

/** What people wrote there by hand may be anything. */
function triggersIn(annotation: string | undefined) {
  try {
    const read = Triggers.safeParse(JSON.parse(annotation ?? '[]'));
    return (read.data ?? []).map(({ from, paused }) => ({ ...from, isAutomatic: String(paused) !== 'true' }));
  } catch {
    return [];
  }
}

const apart = ({ name }: ImageTrigger): readonly [string, string] => {
  const [stream = '', tag = 'latest'] = name.split(':');
  return [stream, tag];
};

export const streamResource = (trigger: ImageTrigger): Resource => ({
  group: 'image.openshift.io',
  resource: 'imagestreams',
  name: apart(trigger)[0],
  ...(trigger.namespace !== undefined && { namespace: trigger.namespace }),
});

/** Throws OutsideError. */
export function readStreamTag(answer: unknown, trigger: ImageTrigger): StreamTag {
  const [stream, tag] = apart(trigger);
  const { metadata, status } = readAs(Stream, answer, 'image stream');
  readAs(z.literal(stream), metadata.name, `image stream ${stream}`);
  const found = (status.tags ?? []).find((one) => one.tag === tag);
  const [newest] = found?.items ?? [];
  const failing = (found?.conditions ?? []).find(
    ({ type, status }) => type === 'ImportSuccess' && status === 'False',
  );
  return {
    stream,
    tag,
    newest: newest?.image,
    importedAt: newest?.created ?? undefined,
    failing: failing && (failing.message ?? failing.reason ?? 'no reason').slice(0, 200),
  };
}
