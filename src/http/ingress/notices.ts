import { Announcement } from '#src/domain/notice.ts';
import type { Ingress } from '#src/http/ingress.ts';

/** A notice, drafted: a coordinator confirms it before anybody is told. */
export const notices: Ingress = {
  name: 'notices',
  path: '/notices',
  guard: 'bearer',
  content: 'json',
  yields: true,
  async take(call, { notices }) {
    const { id, state } = await notices.draft(call.body(Announcement), 'ingress:notices');
    return { status: 202, body: { id, state } };
  },
};
