import { z } from 'zod';

import type { Source } from '#src/domain/source.ts';

import { span } from './span.ts';
import { strict } from './words.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const EVERY_MS = { github: 15 * MINUTE_MS, manifest: 5 * MINUTE_MS } as const;

/** Where notices come from by themselves: the releases of a repository, or a list of versions. */
export const SourceEntry = strict({
  github: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/, 'must be a repository like owner/name')
    .optional(),
  coins: z.array(z.string()).optional(),
  prereleases: z.boolean().optional(),
  manifest: z.string().min(1).optional(),
  every: span(10_000, DAY_MS, 'must be a time span like 5m or 1h, at least 10s and at most 1d').optional(),
}).superRefine(({ github, manifest, coins, prereleases, every = DAY_MS }, context) => {
  const say = (message: string): void => context.addIssue({ code: 'custom', message });
  if ((github === undefined) === (manifest === undefined)) say('needs either github or manifest');
  else if (github !== undefined && every < MINUTE_MS)
    say('asks GitHub at most every 1m: use a webhook to be quicker');
  else if (manifest !== undefined && (coins ?? prereleases) !== undefined)
    say('takes coins and prereleases only with github: a manifest names its coins itself');
  else if (manifest !== undefined && manifest.includes('://') && !isWebAddress(manifest))
    say('takes as manifest a path, or an address like https://example.org/versions.json without a login');
});

/** Of the web, without a login in it. */
export function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password;
}

/** `here` makes whole paths. */
export function sourceOf(entry: z.infer<typeof SourceEntry>, here: (path: string) => string): Source {
  const { github, manifest = '', coins = [], prereleases = false, every } = entry;
  if (github !== undefined)
    return { kind: 'github', repository: github, coins, prereleases, everyMs: every ?? EVERY_MS.github };
  const from = isWebAddress(manifest) ? manifest : here(manifest);
  return { kind: 'manifest', from, everyMs: every ?? EVERY_MS.manifest };
}
