import type { Delivery } from '#src/domain/delivery.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Mention, Message } from '#src/domain/message.ts';
import type { ChatPlatform } from '#src/domain/platform.ts';

interface CalledNeeds {
  readonly ledger: { of(cause: Delivery['cause']): Promise<readonly Delivery[]> };
  readonly fleets: Fleets;
}

/** More would not fit into one message. */
const MOST_CALLED = 75;

/** Who would have to wait for a direct message about something urgent is called in the room instead. */
export const createCalled = ({ ledger, fleets }: CalledNeeds) => ({
  async in(message: Message, delivery: Delivery, platform: ChatPlatform): Promise<Message> {
    const { cause, to, urgency, alone } = delivery;
    const isUrgent = urgency === 'mandatory' || urgency === 'critical';
    if (to.kind !== 'room' || alone || !isUrgent || !platform.waiting) return message;
    const rows = await ledger.of(cause);
    const fleet = fleets.current();
    const people = rows.flatMap(({ to: other, state }) => {
      const operator = other.kind === 'direct' && state !== 'delivered' && fleet.operator(other.operator);
      return operator && operator.handles[platform.id] !== undefined ? [operator] : [];
    });
    if (people.length === 0) return message;
    const wait = new Set(await platform.waiting(people.flatMap(({ handles }) => handles[platform.id] ?? [])));
    const called = [...new Set(people)]
      .filter(({ handles }) => wait.has(handles[platform.id] ?? ''))
      .map(({ id, handles }): Mention => ({ name: id, handles }));
    return called.length === 0
      ? message
      : { ...message, mentions: [...(message.mentions ?? []), ...called.slice(0, MOST_CALLED)] };
  },
});
