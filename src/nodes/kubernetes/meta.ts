import { z } from 'zod';

import { OutsideError } from '#src/domain/errors.ts';

/** RFC 3339, as all times of Kubernetes. */
export const Time = z.string().refine((text) => !Number.isNaN(Date.parse(text)));

/** The API itself takes no longer ones. */
const MOST_NAME = 253;
const MOST_IMAGE = 1_000;

/** A word or a sentence of Kubernetes', as much of it as a person reads. */
export const Words = z.string().transform((text) => text.slice(0, 300));

/** Of which only what is used is read; https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ */
export const Meta = z.object({
  name: z.string().min(1).max(MOST_NAME),
  uid: z.string().optional(),
  generation: z.int().nonnegative().optional(),
  resourceVersion: z.string().optional(),
  creationTimestamp: Time.nullish(),
  deletionTimestamp: Time.nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
  ownerReferences: z
    .array(
      z.object({
        uid: z.string(),
        controller: z.boolean().nullish(),
        kind: Words.optional(),
        name: Words.optional(),
      }),
    )
    .nullish(),
});
export type Meta = z.infer<typeof Meta>;

export const Condition = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: Words.nullish(),
  message: Words.nullish(),
  lastTransitionTime: Time.nullish(),
  lastUpdateTime: Time.nullish(),
});
export type Condition = z.infer<typeof Condition>;

/** What a pod is made from. */
export const PodSpec = z.object({
  containers: z
    .array(z.object({ name: z.string().max(MOST_NAME), image: z.string().max(MOST_IMAGE) }))
    .min(1),
  volumes: z
    .array(z.object({ persistentVolumeClaim: z.object({ claimName: z.string().max(MOST_NAME) }).nullish() }))
    .nullish(),
});
export const Template = z.object({
  metadata: Meta.pick({ annotations: true }).nullish(),
  spec: PodSpec,
});

/** A template with all that stands in it, beside the part of it that is read: to be written again as it was. */
export const HeldTemplate = z.record(z.string(), z.unknown()).transform((whole, context) => {
  const read = Template.safeParse(whole);
  if (read.success) return { whole, read: read.data };
  for (const { path, message } of read.error.issues)
    context.issues.push({ code: 'custom', path, message, input: whole });
  return z.NEVER;
});

/** The claims that it mounts by name: one volume each, whatever the number of pods. */
export const claimsOf = ({ volumes }: z.infer<typeof PodSpec>): readonly string[] =>
  (volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);

/** A list as the API gives it; a part of one is refused: what it leaves out could be what is wrong. */
export const listOf = <Item extends z.ZodType>(kind: string, item: Item) =>
  z
    .object({
      kind: z.literal(kind),
      metadata: z.object({ continue: z.literal('').optional() }).nullish(),
      items: z.array(item).max(1_000),
    })
    .transform(({ items }) => items);

/** What the API said, as it must be. Throws OutsideError. */
export function readAs<T>(shape: z.ZodType<T>, answer: unknown, noun: string): T {
  const read = shape.safeParse(answer);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue && issue.path.length > 0 ? ` (at ${issue.path.join('.').slice(0, 80)})` : '';
  throw new OutsideError(
    'kubernetes',
    'unreadable',
    `the Kubernetes API answers with something that is no ${noun}${where}`,
  );
}
