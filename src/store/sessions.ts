import { createHash, randomBytes } from 'node:crypto';

import type { Redis } from 'ioredis';

import type { OperatorId } from '#src/domain/operator.ts';
import type { Sessions } from '#src/domain/session.ts';

import { KEY_PREFIX } from './documents.ts';

const INVITATION_S = 10 * 60;
const SESSION_S = 12 * 3600;

const key = (kind: 'invitation' | 'session', secret: string): string =>
  `${KEY_PREFIX}:${kind}:${createHash('sha256').update(secret).digest('hex')}`;

/** Sessions in Redis: who reads it finds nothing to sign in with. */
export function createSessions(redis: Redis): Sessions {
  const give = async (kind: 'invitation' | 'session', operator: string, seconds: number): Promise<string> => {
    const secret = randomBytes(24).toString('base64url');
    await redis.set(key(kind, secret), operator, 'EX', seconds);
    return secret;
  };
  return {
    invite: (operator) => give('invitation', operator, INVITATION_S),
    async enter(invitation) {
      const operator = await redis.getdel(key('invitation', invitation));
      return operator === null ? undefined : give('session', operator, SESSION_S);
    },
    whose: async (session) => ((await redis.get(key('session', session))) as OperatorId | null) ?? undefined,
    async leave(session) {
      await redis.del(key('session', session));
    },
  };
}
