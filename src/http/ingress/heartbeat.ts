import { z } from 'zod';

import { parsed } from '#src/http/refusal.ts';
import type { Ingress } from '#src/http/ingress.ts';

const Call = z.object({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be letters, digits, _ . or -'),
});

/** A sign of life. Never turned away for being too much: its absence would be an alarm. */
export const heartbeat: Ingress = {
  name: 'heartbeat',
  path: '/heartbeat/:name',
  guard: 'bearer',
  content: 'nothing',
  yields: false,
  async take(call, { heartbeats }) {
    const { name } = parsed(Call, { name: call.param('name') });
    await heartbeats.beat(name);
    return { status: 202, body: { name } };
  },
};
