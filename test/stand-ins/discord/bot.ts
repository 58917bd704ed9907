import { Client, REST } from 'discord.js';
import type { BitFieldResolvable, GatewayIntentsString, Interaction, Partials } from 'discord.js';
import type { Discord } from './discord.ts';

/** A real discord.js client, logged in: what the stand-in is tried with. */
export interface Bot extends AsyncDisposable {
  readonly client: Client<true>;
  /** What the client complained about. */
  readonly errors: readonly Error[];
}

export interface BotOptions {
  readonly intents?: BitFieldResolvable<GatewayIntentsString, number>;
  readonly onInteraction?: (interaction: Interaction) => Promise<unknown>;
  readonly partials?: readonly Partials[];
  readonly timeoutMs?: number;
}

export async function startBot(discord: Discord, options: BotOptions = {}): Promise<Bot> {
  const client = createClient(discord, options);
  const errors: Error[] = [];
  client.on('error', (error) => errors.push(error));
  const { onInteraction } = options;
  if (onInteraction) {
    client.on('interactionCreate', (interaction) => {
      onInteraction(interaction).catch((error: unknown) => errors.push(error as Error));
    });
  }
  const ready = new Promise((resolve) => client.once('clientReady', resolve));
  await client.login(discord.token);
  await ready;
  return {
    client: client as Client<true>,
    errors,
    [Symbol.asyncDispose]: () => client.destroy(),
  };
}

/** A client that has not logged in yet. */
export function createClient(discord: Discord, options: BotOptions = {}): Client {
  return new Client({
    intents: options.intents ?? ['Guilds'],
    partials: options.partials ?? [],
    rest: { api: discord.api, retries: 0, timeout: options.timeoutMs ?? 5000 },
  });
}

/** The REST side alone, with or without the right token. */
export function createCaller(discord: Discord, token = discord.token): REST {
  return new REST({ api: discord.api, version: '10', retries: 0 }).setToken(token);
}
