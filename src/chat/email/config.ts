import { isIP } from 'node:net';

import { z } from 'zod';

/** The mail server that takes Tocsin's mail. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `from-start`: TLS before the first word; `required`: STARTTLS or nothing; `offered`: STARTTLS where there is any; `local`: the same, whatever its certificate, for what does not leave the machine. */
  readonly tls: 'from-start' | 'required' | 'offered' | 'local';
  readonly login: { readonly user: string; readonly password: string } | undefined;
}

/** The form of SMTP_URL, as `.env.example` and the documentation show it. */
export const SMTP_FORM = 'smtp://[user:password@]host[:587], or smtps://… for TLS from the start';

/** Throws an Error whose words never hold the password. */
export function smtpServerOf(text: string): SmtpServer {
  const url = URL.parse(text);
  if (!url || !/^smtps?:$/u.test(url.protocol) || !url.hostname) throw new Error(`must be ${SMTP_FORM}`);
  if (url.search || url.hash || !/^\/?$/u.test(url.pathname)) {
    throw new Error('has something after the host; a / ? or # in the password is written as %2F %3F %23');
  }
  const host = decodeURIComponent(url.hostname).replace(/^\[|\]$/gu, '');
  const [user, password] = [decoded(url.username), decoded(url.password)];
  if ((user === '') !== (password === ''))
    throw new Error('must hold both a user and a password, or neither');
  const login = user === '' ? undefined : { user, password };
  if (url.protocol === 'smtps:') return { host, port: Number(url.port || 465), tls: 'from-start', login };
  const port = Number(url.port || (login ? 587 : 25));
  if (isLoopback(host)) return { host, port, tls: 'local', login };
  return { host, port, tls: login ? 'required' : 'offered', login };
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('has a % that is not followed by two hex digits: write it as %25');
  }
}

/** The bare address of `Name <address>`, or of an address alone; undefined for anything else. */
export const addressIn = (from: string): string | undefined =>
  /^(?:[^<>\r\n"]*<([^\s@<>",;:]+@[^\s@<>",;:]+)>|([^\s@<>",;:]+@[^\s@<>",;:]+))$/u
    .exec(from.trim())
    ?.slice(1)
    .find((address) => address !== undefined);

/** Whether it is one address: a list of several would be written to all of them. */
export const isAddress = (text: string): boolean => addressIn(text) === text;

/** The name of `Name <address>`; empty for an address alone. */
export const nameIn = (from: string): string => /^([^<>]*)</u.exec(from)?.[1]?.trim() ?? '';

/** The environment's variables for mail: set both, or neither. */
export const emailVariables = {
  SMTP_URL: z
    .string()
    .superRefine((text, context) => {
      try {
        smtpServerOf(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : SMTP_FORM });
      }
    })
    .optional(),
  MAIL_FROM: z
    .string()
    .refine((from) => addressIn(from) !== undefined, {
      error: 'must be a mail address, such as tocsin@example.org or Tocsin <tocsin@example.org>',
    })
    .optional(),
};
