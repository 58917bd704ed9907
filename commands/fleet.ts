import { defineCommand } from '#src/command/define.ts';
import { type FindingState, worst } from '#src/domain/finding.ts';
import { type Message, table, text } from '#src/domain/message.ts';

const SYMBOL: Readonly<Record<FindingState, string>> = { up: '✔', unknown: '?', degraded: '▲', down: '✖' };

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

/** `fleet`: every seat at a glance, from what the patrol saw last. */
export const fleet = defineCommand({
  name: 'fleet',
  summary: 'Every seat at a glance, as the patrol saw it last',
  examples: ['fleet'],
  private: false,
  who: 'observer',
  parameters: [],
  async run({ fleet: known, examiner }): Promise<Message> {
    const targets = known.targets();
    const seen = await examiner.latest(targets);
    const states = targets.map((target, index) => ({
      seat: target.node.seat,
      state: seen[index]?.state ?? 'unknown',
    }));
    const bySeat = Map.groupBy(states, ({ seat }) => seat);
    const byRegion = Map.groupBy(known.seats, (seat) => seat.region ?? '–');
    const rows = [...byRegion].map(([region, seats]) => {
      const marks = seats.map((seat) => {
        const found = bySeat.get(seat.id);
        return `${found ? SYMBOL[worst(found.map(({ state }) => state))] : '·'} ${seat.id}`;
      });
      return [region, marks.join('  ')];
    });
    const counts = Map.groupBy(states, ({ state }) => state);
    const summary = (['up', 'degraded', 'down', 'unknown'] as const).map(
      (state) => `${counts.get(state)?.length ?? 0} ${state}`,
    );
    return {
      tone: counts.has('down') ? 'critical' : counts.has('degraded') ? 'warning' : 'good',
      title: `${known.network}: ${count(known.seats.length, 'seat')}, ${count(known.nodes.length, 'node')}`,
      blocks: [text(`Services: ${summary.join(' · ')}`), table(['region', 'seats'], rows)],
      footer: '✔ up  ▲ degraded  ✖ down  ? unknown  · no node registered',
    };
  },
});
