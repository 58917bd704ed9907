import { z } from 'zod';

import type { Supervision } from '#src/domain/supervisor.ts';

import { strict } from './words.ts';

/** No option, and no word that a shell or a program could take for something else. */
const Unit = z
  .string()
  .regex(/^[A-Za-z0-9][\w.@\\:-]{0,250}\.service$/, 'must be a unit like komodod.service');
const Name = z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be letters, digits, _ . or -');
const Path = z.string().regex(/^\//, 'must be a whole path on the node, like /opt/notary');

/** What keeps a daemon on its node, as it is written. */
export const SupervisorEntry = strict({
  systemd: Unit.optional(),
  user: z.boolean().optional(),
  once: z
    .string()
    .regex(/^TOCSIN_[A-Z0-9_]{1,50}$/, 'must be the name of a variable like TOCSIN_ONCE')
    .optional(),
  compose: strict({
    service: Name,
    directory: Path.optional(),
    file: Path.optional(),
    project: Name.optional(),
  })
    .refine(({ directory, file }) => directory ?? file, 'needs a directory, a file or both')
    .optional(),
}).superRefine(({ systemd, compose, user, once }, context) => {
  const say = (message: string): void => context.addIssue({ code: 'custom', message });
  if ((systemd === undefined) === (compose === undefined)) say('needs either systemd or compose');
  else if (compose && (user ?? once) !== undefined) say('takes user and once with systemd only');
});

export function supervisionOf({
  systemd,
  user,
  once,
  compose,
}: z.infer<typeof SupervisorEntry>): Supervision {
  if (compose) return { kind: 'compose', ...compose };
  return { kind: 'systemd', unit: systemd ?? '', user, once };
}
