import { distance, didYouMean } from '#src/domain/nearest.ts';

import type { Source } from './variables.ts';

/** Nobody else's variables begin like this. */
const OURS = ['DISCORD_', 'MATRIX_', 'TELEGRAM_', 'TOCSIN_', 'INGRESS_', 'SMTP_'];
/** Other programs use these too, so only what is nearly one of ours is taken for a slip. */
const SHARED = ['API_', 'DATA_', 'FLEET_', 'GITHUB_WEBHOOK', 'HTTP_', 'LOG_', 'MAIL_', 'PUBLIC_', 'REDIS_'];
const FOREIGN = new Set(['HTTP_PROXY', 'REDIS_HOST', 'REDIS_PORT']);

/** What Kubernetes and Docker set for a service named like one of ours. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$/;

/** Each variable that looks like one of ours and is none, in words. */
export function misspelt(sources: readonly Source[], known: readonly string[]): readonly string[] {
  const accepted = new Set(known.flatMap((name) => [name, `${name}_FILE`]));
  const faults = new Set<string>();
  for (const { name: place, values } of sources) {
    for (const [name, value] of Object.entries(values)) {
      if (accepted.has(name) || isForeign(name, value)) continue;
      const isNear = known.some((other) => distance(name.replace(/_FILE$/, ''), other) <= 2);
      const begins = (prefixes: readonly string[]): boolean =>
        prefixes.some((prefix) => name.startsWith(prefix));
      const isSlip = begins(OURS) || (isNear && (begins(SHARED) || place === '.env'));
      if (isSlip) faults.add(`${name}: there is no such variable${didYouMean(name, accepted)}`);
    }
  }
  return [...faults];
}

const isForeign = (name: string, value: string | undefined): boolean =>
  FOREIGN.has(name) || SERVICE_LINK.test(name) || (name.endsWith('_PORT') && /^(tcp|udp):/.test(value ?? ''));
