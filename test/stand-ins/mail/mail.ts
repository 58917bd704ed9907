import { once } from 'node:events';
import type { Socket } from 'node:net';

import { SMTPServer, type SMTPServerSession } from 'smtp-server';

import { createArrivals } from '../arrivals.ts';
import { leaves, parseMime } from './mime.ts';

/** A mail that the server took. */
export interface Mail {
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly { readonly name: string; readonly content: Buffer }[];
  /** It came over TLS. */
  readonly secure: boolean;
  /** Who had logged in. */
  readonly user: string | undefined;
}

/** Where in a conversation a fault strikes. */
type Place = 'connect' | 'from' | 'to' | 'data';

export type MailFault =
  | { readonly at: Place; readonly kind: 'reply'; readonly code: number; readonly text?: string }
  /** No answer to this, ever. */
  | { readonly at: Place; readonly kind: 'hang' }
  /** The connection is cut; `after`: once the mail was taken, and only the answer is lost. */
  | { readonly at: Place; readonly kind: 'drop' }
  | { readonly at: 'data'; readonly kind: 'drop-after' };

interface MailServerOptions {
  readonly port?: number;
  /** Offers no STARTTLS. */
  readonly withoutTls?: boolean;
  /** Takes mail of nobody else. */
  readonly login?: { readonly user: string; readonly password: string };
}

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  /** For SMTP_URL. */
  readonly url: string;
  readonly mails: readonly Mail[];
  /** As a mailbox that folds doubles shows them: one per Message-ID. */
  folded(): readonly Mail[];
  /** Strikes that many of the next conversations, and then no more. */
  fault(fault: MailFault, times?: number): void;
  /** Conversations so far. */
  connections(): number;
  until(fits: (mail: Mail) => boolean, withinMs?: number): Promise<Mail>;
  /** Connections are refused and cut. */
  refuse(): Promise<void>;
  restore(): Promise<void>;
}

/** A real SMTP server (the package smtp-server) on 127.0.0.1 that can be told to misbehave. */
export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const mails: Mail[] = [];
  const faults: { fault: MailFault; times: number }[] = [];
  const sockets = new Set<Socket>();
  const arrivals = createArrivals(mails, ({ to, subject }) => `${to.join()}: ${subject}`);
  let connections = 0;
  let server = await listen(options.port ?? 0);
  const port = portOf(server);

  function strike(at: Place): MailFault | undefined {
    const found = faults.find(({ fault, times }) => fault.at === at && times > 0);
    if (found) found.times--;
    return found?.fault;
  }
  function cut({ remotePort }: SMTPServerSession): void {
    for (const socket of sockets) if (socket.remotePort === remotePort) socket.destroy();
  }
  /** True when it went on as usual. */
  function passes(at: Place, session: SMTPServerSession, done: (error?: Error) => void): boolean {
    const fault = strike(at);
    if (!fault || fault.kind === 'drop-after') return true;
    if (fault.kind === 'drop') cut(session);
    if (fault.kind === 'reply') {
      done(Object.assign(new Error(fault.text ?? 'scripted'), { responseCode: fault.code }));
    }
    return false;
  }

  function create(): SMTPServer {
    const smtp = new SMTPServer({
      authOptional: options.login === undefined,
      disabledCommands: [
        ...(options.withoutTls ? ['STARTTLS'] : []),
        ...(options.login === undefined ? ['AUTH'] : []),
      ],
      allowInsecureAuth: true,
      disableReverseLookup: true,
      logger: false,
      onConnect(session, done) {
        connections++;
        if (passes('connect', session, done)) done();
      },
      onAuth({ username, password }, _session, done) {
        const isRight = username === options.login?.user && password === options.login?.password;
        if (isRight) done(null, { user: username });
        else done(Object.assign(new Error('5.7.8 Authentication failed'), { responseCode: 535 }));
      },
      onMailFrom(_address, session, done) {
        if (passes('from', session, done)) done();
      },
      onRcptTo(_address, session, done) {
        if (passes('to', session, done)) done();
      },
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        const fault = faults.find(({ fault, times }) => fault.at === 'data' && times > 0)?.fault;
        if (fault?.kind === 'drop') {
          strike('data');
          cut(session);
          return;
        }
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          if (fault?.kind === 'drop-after') {
            strike('data');
            take(Buffer.concat(chunks), session);
            cut(session);
          } else if (passes('data', session, done)) {
            take(Buffer.concat(chunks), session);
            done();
          }
        });
      },
    });
    smtp.on('error', () => undefined);
    smtp.server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    return smtp;
  }

  async function listen(at: number): Promise<SMTPServer> {
    const smtp = create();
    smtp.listen(at, '127.0.0.1');
    await once(smtp.server, 'listening');
    return smtp;
  }

  function take(source: Buffer, session: SMTPServerSession): void {
    mails.push(mailOf(source, session));
    arrivals.look();
  }

  async function end(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  return {
    port,
    url: `smtp://${options.login ? `${options.login.user}:${options.login.password}@` : ''}127.0.0.1:${port}`,
    mails,
    folded: () => [...new Map(mails.map((mail) => [mail.messageId, mail])).values()],
    fault: (fault, times = 1) => void faults.push({ fault, times }),
    connections: () => connections,
    until: arrivals.until,
    refuse: end,
    async restore() {
      server = await listen(port);
    },
    [Symbol.asyncDispose]: end,
  };
}

function portOf(smtp: SMTPServer): number {
  const address = smtp.server.address();
  if (address === null || typeof address === 'string') throw new Error('the mail server has no port');
  return address.port;
}

function mailOf(source: Buffer, session: SMTPServerSession): Mail {
  const root = parseMime(source);
  const parts = leaves(root);
  const typeOf = (part: (typeof parts)[number]): string => part.headers['content-type'] ?? '';
  const nameOf = (part: (typeof parts)[number]): string | undefined =>
    /name="?([^";]+)"?/u.exec(part.headers['content-disposition'] ?? '')?.[1];
  const bodyOf = (type: string): string =>
    parts.find((part) => typeOf(part).startsWith(type) && nameOf(part) === undefined)?.content.toString() ??
    '';
  return {
    messageId: root.headers['message-id'] ?? '',
    from: root.headers['from'] ?? '',
    to: session.envelope.rcptTo.map(({ address }) => address),
    subject: root.headers['subject'] ?? '',
    text: bodyOf('text/plain').replaceAll('\r\n', '\n').trimEnd(),
    html: bodyOf('text/html').replaceAll('\r\n', '\n'),
    headers: root.headers,
    attachments: parts.flatMap((part) => {
      const name = nameOf(part);
      return name === undefined ? [] : [{ name, content: part.content }];
    }),
    secure: session.secure,
    user: typeof session.user === 'string' ? session.user : undefined,
  };
}
