import { createRequire } from 'node:module';
import { join } from 'node:path';

import type * as Sdk from 'matrix-bot-sdk';
import type { Logger } from 'pino';
import { z } from 'zod';

import { matrixFailure } from './errors.ts';
import { boundedRequests } from './transport.ts';

/** One call of the client-server API. Throws OutsideError. */
export type Ask = (
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  call?: {
    readonly query?: Readonly<Record<string, string | number>>;
    readonly body?: object;
    readonly contentType?: string;
    /** Less time than the others get. */
    readonly withinMs?: number;
  },
) => Promise<unknown>;

/** What the SDK found in an answer to /sync, decrypted where it could. */
export type Take = (name: string, roomIdOrEvent: unknown, event: unknown) => void;

/** End-to-end encryption, where this machine has the SDK's native library. */
export interface Crypto {
  prepare(joinedRooms: readonly string[]): Promise<void>;
  encrypt(roomId: string, type: string, content: object): Promise<object>;
  decrypt(roomId: string, event: object): Promise<unknown>;
  encryptFile(file: Buffer): Promise<{ readonly buffer: Buffer; readonly file: object }>;
}

/** The connection to the homeserver. */
export interface Wire {
  readonly ask: Ask;
  /** The bot's own account; asked for once. */
  me(): Promise<string>;
  /** Works through an answer to /sync; never rejects because of a single event. */
  digest(synced: unknown, take: Take): Promise<void>;
  readonly crypto: Crypto | undefined;
}

export interface WireOptions {
  readonly homeserverUrl: string;
  readonly accessToken: string;
  /** Keeps the encryption's keys. */
  readonly storageDir: string;
  readonly withinMs: number;
  readonly ending: AbortSignal;
}

const WhoAmI = z.object({ user_id: z.string() });
const require = createRequire(import.meta.url);

/** Loads the SDK, so that it costs nothing where Matrix is not configured. */
export async function openWire(options: WireOptions, logger: Logger): Promise<Wire> {
  const sdk = await import('matrix-bot-sdk');
  quieten(sdk, logger);
  const native = library();
  const keys =
    native &&
    new sdk.RustSdkCryptoStorageProvider(join(options.storageDir, 'crypto'), native.StoreType.Sqlite);
  const storage = new sdk.MemoryStorageProvider();
  const client = new sdk.MatrixClient(options.homeserverUrl, options.accessToken, storage, keys);
  const request = boundedRequests({
    ...options,
    refusal: (body, status) => new sdk.MatrixError(body, status),
  });
  client.doRequest = request;

  const ask: Ask = (method, path, { query, body, contentType, withinMs } = {}) =>
    translated(request(method, path, query, body, withinMs, false, contentType) as Promise<unknown>);
  let me: Promise<string> | undefined;
  return {
    ask,
    me: () =>
      (me ??= ask('GET', '/_matrix/client/v3/account/whoami').then(
        (answer) => WhoAmI.parse(answer).user_id,
        (error: unknown) => {
          me = undefined;
          throw error;
        },
      )),
    digest: (synced, take) => digest(client, synced, take),
    crypto: keys && cryptoOf(sdk, client),
  };
}

/** Whether the SDK's native library is here: its download may have failed, which leaves an empty module. */
export const hasEncryption = (): boolean => library() !== undefined;

interface Library {
  readonly OlmMachine: unknown;
  readonly StoreType: { readonly Sqlite: Sdk.RustSdkCryptoStoreType };
}

function library(): Library | undefined {
  const found = require('@matrix-org/matrix-sdk-crypto-nodejs') as Partial<Library>;
  return found.OlmMachine === undefined ? undefined : (found as Library);
}

// Its sync loop saves the token before the handlers ran, cannot be ended and never says that it fails: only
// its reading of an answer is used. Its list of direct rooms, which takes in any inviter, is told nothing.
async function digest(client: Sdk.MatrixClient, synced: unknown, take: Take): Promise<void> {
  await client['processSync'](synced, async (name, first: unknown, second: unknown) => {
    if (client.crypto && (name === 'room.event' || name === 'room.join')) client.emit(name, first, second);
    take(name, first, second);
  });
}

function cryptoOf(sdk: typeof Sdk, { crypto }: Sdk.MatrixClient): Crypto {
  return {
    prepare: (joinedRooms) => translated(crypto.prepare([...joinedRooms])),
    encrypt: (roomId, type, content) => translated(crypto.encryptRoomEvent(roomId, type, content)),
    decrypt: async (roomId, event) =>
      (await translated(crypto.decryptRoomEvent(new sdk.EncryptedRoomEvent(event), roomId))).raw,
    encryptFile: (file) => translated(crypto.encryptMedia(file)),
  };
}

async function translated<T>(called: Promise<T>): Promise<T> {
  try {
    return await called;
  } catch (error) {
    throw matrixFailure(error);
  }
}

// The SDK writes to the console by itself, for the whole process.
function quieten({ LogService }: typeof Sdk, logger: Logger): void {
  const write = (module: string): void => logger.trace({ module }, 'the Matrix SDK logged something');
  LogService.setLogger({ trace: write, debug: write, info: write, warn: write, error: write });
}
