import type { Fleet } from '#src/domain/fleet.ts';
import type { Notice } from '#src/domain/notice.ts';
import type { Operator } from '#src/domain/operator.ts';
import type { Place } from '#src/domain/room.ts';

/** Ids of the configured platforms, in their order: those on which people answer, and those that only reach them. */
export interface Ways {
  readonly chat: readonly string[];
  readonly personal: readonly string[];
}

/** Whether there is any way at all to write to somebody. */
export const isReachable = ({ handles }: Operator, { chat, personal }: Ways): boolean =>
  [...chat, ...personal].some((platform) => handles[platform] !== undefined);

/**
 * A mandatory notice goes to each chat platform on which the recipient has a place, at once. The last of these copies goes
 * on to the personal media, so that whom no chat reaches gets it there. Anything else is one message, the usual way.
 */
export function copiesOf(
  fleet: Fleet,
  to: Place,
  { severity }: Pick<Notice, 'severity'>,
  ways: Ways,
): readonly Place[] {
  if (severity !== 'mandatory' || fleet.notices.media === 'first') return [to];
  const there = to.kind === 'room' ? fleet.room(to.room)?.addresses : fleet.operator(to.operator)?.handles;
  const isOn = (platform: string): boolean => there?.[platform] !== undefined;
  const chats = ways.chat.filter(isOn);
  const personal = ways.personal.filter(isOn);
  const last = chats.length - 1;
  if (last >= 0) return chats.map((chat, at) => ({ ...to, via: at < last ? [chat] : [chat, ...personal] }));
  return [personal.length > 0 ? { ...to, via: personal } : to];
}
