import { z } from 'zod';

import { Signal } from '#src/domain/alert.ts';
import { boundedList } from '#src/http/bounded-list.ts';
import type { Ingress } from '#src/http/ingress.ts';
import { parsed } from '#src/http/refusal.ts';

const Signals = boundedList(Signal);

/** One alert or a list of them, from anybody's script. A list with a fault in it is refused as a whole. */
export const alerts: Ingress = {
  name: 'alerts',
  path: '/alerts',
  guard: 'bearer',
  content: 'json',
  yields: true,
  async take(call, { alerts }) {
    const body = call.body(z.unknown());
    const signals = Array.isArray(body) ? parsed(Signals, body) : [parsed(Signal, body)];
    const accepted = signals.length === 0 ? [] : await alerts.accept(signals);
    return { status: 202, body: { accepted } };
  },
};
