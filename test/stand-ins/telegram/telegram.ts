import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

import { createArrivals } from '../arrivals.ts';
import { argumentsOf, type Arguments } from './arguments.ts';
import { type Entity, entitiesOf } from './entities.ts';

/** A message of the bot as it stands in a chat. */
export interface SentMessage {
  readonly id: number;
  readonly chat: string;
  /** What a reader sees: markup interpreted. */
  text: string;
  entities: readonly Entity[];
  readonly document?: { readonly name: string; readonly content: Buffer } | undefined;
  readonly replyTo?: number | undefined;
  edits: number;
}

/** Answered in place of what was asked for. */
export type TelegramFault =
  | {
      readonly kind: 'error';
      readonly code: number;
      readonly description: string;
      readonly retryAfter?: number;
    }
  /** No JSON, as what stands before the Bot API answers. */
  | { readonly kind: 'status'; readonly code: number }
  | { readonly kind: 'hang' | 'drop-before' | 'drop-after' };

interface Call {
  readonly method: string;
  readonly at: number;
}

export interface Telegram extends AsyncDisposable {
  readonly token: string;
  /** For TELEGRAM_API_URL. */
  readonly api: string;
  readonly calls: readonly Call[];
  /** A person who has written /start to the bot. */
  person(id: string): void;
  block(id: string): void;
  messages(chat: string): readonly SentMessage[];
  /** Strikes the next calls of a method. */
  fault(method: string, fault: TelegramFault, times?: number): void;
  until(fits: (message: SentMessage) => boolean, withinMs?: number): Promise<SentMessage>;
  refuse(): Promise<void>;
  restore(): Promise<void>;
}

interface TelegramOptions {
  /** Messages per second a chat takes before 429; none when not given. */
  readonly perChat?: number;
}

interface Outcome {
  readonly status: number;
  readonly body: object;
}

const MOST_TEXT = 4_096;
const MOST_CAPTION = 1_024;

/** A Bot API of our own on 127.0.0.1, as far as a bot that only sends uses it. */
export async function startTelegram({ perChat }: TelegramOptions = {}): Promise<Telegram> {
  const token = '424242:stand-in_token';
  const bot = { id: 424_242, is_bot: true, first_name: 'Tocsin', username: 'tocsin_bot' };
  const people = new Map<string, { blocked: boolean; sent: number[] }>();
  const messages: SentMessage[] = [];
  const calls: Call[] = [];
  const faults: { method: string; fault: TelegramFault; times: number }[] = [];
  const arrivals = createArrivals(messages, ({ chat, text }) => `${chat}: ${text.slice(0, 60)}`);
  let server = await listen(0);
  const port = portOf(server);

  async function listen(at: number): Promise<Server> {
    const http = createServer((request, response) => {
      handle(request, response).catch(() => request.socket.destroy());
    });
    http.listen(at, '127.0.0.1');
    await once(http, 'listening');
    return http;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, given = '', method = ''] = /^\/bot([^/]+)\/(\w+)$/u.exec(request.url ?? '') ?? [];
    const body = await buffer(request);
    calls.push({ method, at: Date.now() });
    const struck = faults.find((one) => one.method === method && one.times > 0);
    if (struck) struck.times--;
    const fault = struck?.fault;
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'drop-before') return void request.socket.destroy();
    if (fault?.kind === 'status') {
      response.writeHead(fault.code, { 'content-type': 'text/html' }).end('<html>nginx</html>');
      return;
    }
    const outcome =
      fault?.kind === 'error'
        ? refusal(fault.code, fault.description, fault.retryAfter)
        : answer(given, method, argumentsOf(body, request.headers['content-type'] ?? ''));
    arrivals.look();
    if (fault?.kind === 'drop-after') return void request.socket.destroy();
    response.writeHead(outcome.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(outcome.body));
  }

  function answer(given: string, method: string, args: Arguments): Outcome {
    if (!/^\d+:/u.test(given)) return refusal(404, 'Not Found');
    if (given !== token) return refusal(401, 'Unauthorized');
    if (method === 'getMe') return result(bot);
    if (method === 'sendMessage') return inChat(args, (chat) => send(chat, args));
    if (method === 'sendDocument') return inChat(args, (chat) => sendDocument(chat, args));
    if (method === 'editMessageText') return inChat(args, (chat) => edit(chat, args), { isNew: false });
    return refusal(404, 'Not Found: method not found');
  }

  function inChat(
    { values }: Arguments,
    act: (chat: string) => Outcome,
    { isNew = true }: { readonly isNew?: boolean } = {},
  ): Outcome {
    const chat = textOf(values['chat_id']);
    const person = people.get(chat);
    if (chat === '') return refusal(400, 'Bad Request: chat_id is empty');
    if (!person) return refusal(400, 'Bad Request: chat not found');
    if (person.blocked) return refusal(403, 'Forbidden: bot was blocked by the user');
    const now = Date.now();
    person.sent = person.sent.filter((at) => now - at < 1_000);
    if (isNew && perChat !== undefined && person.sent.length >= perChat) {
      return refusal(429, 'Too Many Requests: retry after 1', 1);
    }
    const outcome = act(chat);
    if (isNew && outcome.status === 200) person.sent.push(now);
    return outcome;
  }

  function send(chat: string, { values }: Arguments): Outcome {
    const parsed = entitiesOf(textOf(values['text']), values['parse_mode']);
    if ('fault' in parsed) return refusal(400, `Bad Request: can't parse entities: ${parsed.fault}`);
    if (parsed.text.trim() === '') return refusal(400, 'Bad Request: message text is empty');
    if (parsed.text.length > MOST_TEXT) return refusal(400, 'Bad Request: message is too long');
    return added({ chat, text: parsed.text, entities: parsed.entities });
  }

  function sendDocument(chat: string, { values, files }: Arguments): Outcome {
    const document = files['document'] ?? files[textOf(values['document']).replace('attach://', '')];
    const caption = textOf(values['caption']);
    if (!document) return refusal(400, 'Bad Request: there is no document in the request');
    if (document.content.length === 0) return refusal(400, 'Bad Request: file must be non-empty');
    if (caption.length > MOST_CAPTION) return refusal(400, 'Bad Request: message caption is too long');
    const reply = values['reply_parameters'] as { message_id?: number } | undefined;
    return added({ chat, text: caption, entities: [], document, replyTo: reply?.message_id });
  }

  function added(message: Omit<SentMessage, 'id' | 'edits'>): Outcome {
    const sent = { ...message, id: messages.length + 1, edits: 0 };
    messages.push(sent);
    return result(shapeOf(sent));
  }

  function edit(chat: string, { values }: Arguments): Outcome {
    const message = messages.find((one) => one.chat === chat && one.id === Number(values['message_id']));
    if (!message) return refusal(400, 'Bad Request: message to edit not found');
    if (message.document) return refusal(400, 'Bad Request: there is no text in the message to edit');
    const parsed = entitiesOf(textOf(values['text']), values['parse_mode']);
    if ('fault' in parsed) return refusal(400, `Bad Request: can't parse entities: ${parsed.fault}`);
    if (parsed.text.length > MOST_TEXT) return refusal(400, 'Bad Request: MESSAGE_TOO_LONG');
    if (
      parsed.text === message.text &&
      JSON.stringify(parsed.entities) === JSON.stringify(message.entities)
    ) {
      return refusal(400, UNCHANGED);
    }
    Object.assign(message, { text: parsed.text, entities: parsed.entities, edits: message.edits + 1 });
    return result(shapeOf(message));
  }

  const shapeOf = ({ id, chat, text, entities, document }: SentMessage) => ({
    message_id: id,
    from: bot,
    chat: { id: Number(chat), type: 'private', first_name: 'Somebody' },
    date: Math.floor(Date.now() / 1_000),
    ...(document
      ? { document: { file_id: `file-${id}`, file_unique_id: `u-${id}`, file_name: document.name } }
      : { text, entities }),
  });

  async function end(): Promise<void> {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  return {
    token,
    api: `http://127.0.0.1:${port}`,
    calls,
    person: (id) => void people.set(id, { blocked: false, sent: [] }),
    block: (id) => void people.set(id, { blocked: true, sent: [] }),
    messages: (chat) => messages.filter((message) => message.chat === chat),
    fault: (method, fault, times = 1) => void faults.push({ method, fault, times }),
    until: arrivals.until,
    refuse: end,
    async restore() {
      server = await listen(port);
    },
    [Symbol.asyncDispose]: end,
  };
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

const UNCHANGED =
  'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message';

const result = (value: unknown): Outcome => ({ status: 200, body: { ok: true, result: value } });

const refusal = (code: number, description: string, retryAfter?: number): Outcome => ({
  status: code,
  body: {
    ok: false,
    error_code: code,
    description,
    ...(retryAfter !== undefined && { parameters: { retry_after: retryAfter } }),
  },
});

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stand-in has no port');
  return address.port;
}
