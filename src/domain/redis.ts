export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

interface Login {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** Where Redis is, as REDIS_URL says it. Holds a password: never shown; `redisName` is for people. */
export type RedisPlace =
  | (Login & RedisHost & { readonly kind: 'single'; readonly tls: boolean; readonly db: number })
  | (Login & { readonly kind: 'socket'; readonly path: string; readonly db: number })
  | (Login & {
      readonly kind: 'sentinel';
      readonly tls: boolean;
      readonly sentinels: readonly RedisHost[];
      /** The name of the master that the Sentinels watch. */
      readonly name: string;
      readonly db: number;
      readonly sentinelLogin: Login;
    })
  | (Login & { readonly kind: 'cluster'; readonly tls: boolean; readonly nodes: readonly RedisHost[] });

const hostName = ({ host, port }: RedisHost): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
const hostNames = (hosts: readonly RedisHost[]): string => hosts.map(hostName).join(', ');

/** The place in words, without any secret. */
export function redisName(place: RedisPlace): string {
  if (place.kind === 'single') return hostName(place);
  if (place.kind === 'socket') return place.path;
  if (place.kind === 'cluster') return `cluster at ${hostNames(place.nodes)}`;
  return `${place.name} by Sentinel at ${hostNames(place.sentinels)}`;
}
