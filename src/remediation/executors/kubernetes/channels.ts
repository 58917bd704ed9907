import type WebSocket from 'ws';

import type { OutsideError } from '#src/domain/errors.ts';
import type { Entrance } from './login.ts';
import { statusError, transportError, type Tried } from './refusal.ts';

/**
 * Streams under one WebSocket, each message led by the number of its stream: Kubernetes' `channel.k8s.io`,
 * https://kubernetes.io/docs/reference/using-api/api-concepts/. The client of Kubernetes has a version of its own, without any bounds.
 */
export interface Channels {
  readonly socket: WebSocket;
  /** Called when it was written to the network. */
  send(channel: number, bytes: Uint8Array, done: (error?: Error | null) => void): void;
}

export interface Heard {
  channel(channel: number, bytes: Buffer): void;
  /** Once, whatever came before. */
  closed(error: OutsideError | undefined): void;
}

interface Opening {
  readonly entrance: Entrance;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly protocols: readonly string[];
  readonly tried: Tried;
  readonly heard: Heard;
}

/** No message of a kubelet is near it. */
const MOST_MESSAGE_BYTES = 4 * 1024 * 1024;
const MOST_REFUSAL_BYTES = 64 * 1024;

/** Opens them, or throws OutsideError: what the API answers in place of a WebSocket, or that the signal gave up. */
export async function openChannels(opening: Opening, signal: AbortSignal): Promise<Channels> {
  const { entrance, path, query, protocols, tried, heard } = opening;
  const { WebSocket: Socket } = await import('ws');
  const { promise: opened, resolve, reject } = Promise.withResolvers<Channels>();
  const socket = new Socket(
    `${entrance.url.replace(/^http/, 'ws')}${path}?${query.toString()}`,
    [...protocols],
    {
      headers: { ...entrance.headers },
      agent: entrance.agent,
      maxPayload: MOST_MESSAGE_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
    },
  );
  let failure: OutsideError | undefined;
  const giveUp = (): void => {
    failure = transportError({ code: 'ABORT_ERR' }, entrance.at);
    reject(failure);
    socket.terminate();
  };
  socket.once('open', () => {
    // One that never opened is told by the rejection alone.
    socket.once('close', () => heard.closed(failure));
    resolve({
      socket,
      send: (channel, bytes, done) => socket.send(Buffer.concat([Buffer.of(channel), bytes]), done),
    });
  });
  socket.once('unexpected-response', (_request, response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      body += part;
      if (body.length > MOST_REFUSAL_BYTES) response.destroy();
    });
    response.once('close', () => {
      const { statusCode: status = 0, headers } = response;
      reject(statusError({ status, body, retryAfter: headers['retry-after'] }, tried));
      socket.terminate();
    });
  });
  socket.on('error', (error) => {
    failure ??= transportError(error, entrance.at);
    reject(failure);
  });
  socket.on('message', (message: Buffer, isBinary) => {
    if (isBinary && message.length > 0) heard.channel(message[0] ?? 0, message.subarray(1));
  });
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await opened;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
