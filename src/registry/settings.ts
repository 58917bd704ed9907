import { z } from 'zod';

import type { Path } from '#src/domain/path.ts';

import { SERVICE_KEYS } from './schema.ts';
import { wordsOfIssue, wordsOfKey } from './words.ts';

/** The keys that services of a kind have beside those of every service, by the name of the kind. */
export type SettingsByKind = ReadonlyMap<string, z.ZodObject>;

interface SettingsFault {
  readonly path: Path;
  readonly words: string;
  /** A key that should not be there. */
  readonly key?: string | undefined;
}

const Raw = z.object({
  nodes: z.array(z.object({ services: z.array(z.looseObject({ kind: z.string() })).catch([]) })).catch([]),
});

/** What is wrong with the keys that a kind adds to its services. Kinds that are not known are told of elsewhere. */
export function misfits(file: unknown, kinds: SettingsByKind): readonly SettingsFault[] {
  const nodes = Raw.safeParse(file).data?.nodes ?? [];
  return nodes.flatMap(({ services }, node) =>
    services.flatMap((service, index) => {
      const shape = kinds.get(service.kind);
      return shape ? faultsOf(service, shape, ['nodes', node, 'services', index]) : [];
    }),
  );
}

function faultsOf(
  service: Readonly<Record<string, unknown>>,
  shape: z.ZodObject,
  at: Path,
): readonly SettingsFault[] {
  const own = Object.entries(service).filter(([key]) => !SERVICE_KEYS.includes(key));
  const { error } = shape.safeParse(Object.fromEntries(own), { error: wordsOfIssue });
  return (error?.issues ?? []).flatMap((issue): readonly SettingsFault[] => {
    const path = [...at, ...issue.path.filter((word) => typeof word !== 'symbol')];
    if (issue.code !== 'unrecognized_keys') return [{ path, words: issue.message }];
    const known = issue.path.length === 0 ? [...SERVICE_KEYS, ...Object.keys(shape.shape)].join(' ') : '';
    return issue.keys.map((key) => ({ path, key, words: wordsOfKey(key, known) }));
  });
}
