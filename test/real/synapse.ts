import { createHmac, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { temporaryFolder } from './folder.ts';
import { freePort } from './port.ts';
import { type Service, startService } from './service.ts';
import { synapseConfig } from './synapse-config.ts';

export interface SynapseOptions {
  /** Synapse's own rate limits instead of none: 0.2 messages a second with a burst of 10, and so on. */
  readonly defaultLimits?: boolean;
  readonly serverName?: string;
}

export interface Account {
  readonly userId: string;
  readonly accessToken: string;
  readonly deviceId: string;
}

export interface RunningSynapse extends Service {
  readonly url: string;
  readonly serverName: string;
  /** Registers the user at the first call; later calls of the same name answer the same account. */
  user(name: string, options?: { readonly admin?: boolean }): Promise<Account>;
}

const script = join(import.meta.dirname, 'synapse.sh');
const Registered = z
  .object({ user_id: z.string(), access_token: z.string(), device_id: z.string() })
  .transform((row): Account => ({
    userId: row.user_id,
    accessToken: row.access_token,
    deviceId: row.device_id,
  }));

/** A Synapse with an empty database on loopback; `npm run test:e2e` has installed it. */
export async function startSynapse(options: SynapseOptions = {}): Promise<RunningSynapse> {
  const { defaultLimits = false, serverName = 'synapse.test' } = options;
  const folder = temporaryFolder('synapse');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const secret = randomBytes(32).toString('hex');
  const files = synapseConfig({ folder: folder.path, port, serverName, secret, defaultLimits });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text);

  const service = await startService({
    name: 'Synapse',
    argv: [script, 'run', `--config-path=${join(folder.path, 'homeserver.yaml')}`],
    cwd: folder.path,
    ready: async (signal) => (await fetch(`${url}/_matrix/client/versions`, { signal })).ok,
    readyWithinMs: 90_000,
    cleanUp: () => folder[Symbol.dispose](),
  });

  const accounts = new Map<string, Promise<Account>>();
  return Object.assign(service, {
    url,
    serverName,
    user(name: string, { admin = false } = {}): Promise<Account> {
      const account = accounts.get(name) ?? register(url, secret, { name, admin });
      accounts.set(name, account);
      return account;
    },
  });
}

// https://element-hq.github.io/synapse/latest/admin_api/register_api.html
async function register(
  url: string,
  secret: string,
  { name, admin }: { name: string; admin: boolean },
): Promise<Account> {
  const endpoint = `${url}/_synapse/admin/v1/register`;
  const { nonce } = z.object({ nonce: z.string() }).parse(await (await fetch(endpoint)).json());
  const password = randomBytes(16).toString('hex');
  const mac = createHmac('sha1', secret)
    .update([nonce, name, password, admin ? 'admin' : 'notadmin'].join('\0'))
    .digest('hex');
  const body = JSON.stringify({ nonce, username: name, password, admin, mac });
  const answer = await fetch(endpoint, { method: 'POST', body });
  if (!answer.ok) throw new Error(`registering ${name}: HTTP ${answer.status} ${await answer.text()}`);
  return Registered.parse(await answer.json());
}
