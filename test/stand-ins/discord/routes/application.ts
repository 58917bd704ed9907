import type { Context } from '../context.ts';
import { param } from '../call.ts';
import type { Route } from '../router.ts';
import { personOf, toApplication, toUser } from '../shapes.ts';

const application: Route<Context>['handle'] = ({ world, intents }) => ({
  status: 200,
  body: toApplication(world, intents),
});

/** The bot itself, people, and where the gateway is. */
export const applicationRoutes: readonly Route<Context>[] = [
  {
    method: 'GET',
    path: '/gateway',
    needsToken: false,
    handle: ({ world }) => ({ status: 200, body: { url: gatewayOf(world.host.origin) } }),
  },
  {
    method: 'GET',
    path: '/gateway/bot',
    handle: ({ world }) => ({
      status: 200,
      body: {
        url: gatewayOf(world.host.origin),
        shards: 1,
        session_start_limit: { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 },
      },
    }),
  },
  {
    method: 'GET',
    path: '/users/@me',
    handle: ({ world }) => ({ status: 200, body: toUser(personOf(world, world.botId)) }),
  },
  {
    method: 'GET',
    path: '/users/@me/guilds',
    handle: ({ world }) => ({ status: 200, body: [{ id: world.guildId, name: 'Notary nodes', icon: null }] }),
  },
  {
    method: 'GET',
    path: '/users/:user',
    handle: ({ world }, call) => ({ status: 200, body: toUser(personOf(world, param(call, 'user'))) }),
  },
  { method: 'GET', path: '/applications/@me', handle: application },
  { method: 'GET', path: '/oauth2/applications/@me', handle: application },
];

export function gatewayOf(origin: string): string {
  return origin.replace('http:', 'ws:');
}
