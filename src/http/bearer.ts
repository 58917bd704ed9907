import { createHash, timingSafeEqual } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

import { Refusal } from './refusal.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in a time that tells nothing about either. */
export const isSame = (left: string, right: string): boolean => timingSafeEqual(digest(left), digest(right));

/** Whether the request carries the token as bearer credentials. */
export function bears(request: FastifyRequest, token: string): boolean {
  const [, given] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  return isSame(given ?? '', token) && given !== undefined;
}

export const unauthorized = (words: string): Refusal =>
  new Refusal(401, words, { headers: { 'www-authenticate': 'Bearer' } });
