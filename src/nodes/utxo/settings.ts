import { z } from 'zod';

import type { Service } from '#src/domain/node.ts';

const Word = z.string().min(1).max(1_000);
const Path = z.string().regex(/^\/[^\s]*$/, 'must be a whole path on the node, like /opt/komodo/komodod');
const Argv = z.tuple([Word], Word);

/** Programs of the node that an update goes by; `{commit}` and `{program}` in a word stand for what is asked. */
const Update = z
  .strictObject({
    /** Makes the daemon of a commit. Its last word, or another one, holds `{commit}`. */
    build: Argv.refine((argv) => argv.some((word) => word.includes('{commit}')), 'needs {commit}').optional(),
    /** Where the daemon of a commit is, once it is made. */
    program: Path.optional(),
    /** Asks a program for its version, where that is not by `-version`. */
    version: Argv.refine(
      (argv) => argv.some((word) => word.includes('{program}')),
      'needs {program}',
    ).optional(),
    /** Prints the program that the supervisor starts. */
    current: Argv.optional(),
    /** Has the supervisor start another program from then on. */
    switch: Argv.refine(
      (argv) => argv.some((word) => word.includes('{program}')),
      'needs {program}',
    ).optional(),
  })
  .superRefine(({ build, program, current, switch: another }, context) => {
    const say = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (build && !program?.includes('{commit}'))
      say('program', 'is needed beside build, with {commit} in it');
    if ((current === undefined) !== (another === undefined)) say('switch', 'and current go together');
  });

/** The keys of a daemon of the Bitcoin family in the fleet file. */
export const Settings = z.strictObject({
  /** Its RPC's, on its node: where the fleet's rpc does not tell it. */
  port: z.int().min(1).max(65_535).optional(),
  update: Update.optional(),
});
export type Settings = z.infer<typeof Settings>;

export const settingsOf = ({ settings }: Service): Settings => Settings.parse(settings ?? {});
