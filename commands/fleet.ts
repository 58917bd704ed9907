import { defineCommand } from '#src/command/define.ts';
import { UserError } from '#src/domain/errors.ts';
import type { Fleet } from '#src/domain/fleet.ts';
import { glanceOf } from '#src/domain/glance.ts';
import type { Message } from '#src/domain/message.ts';
import { didYouMean } from '#src/domain/nearest.ts';
import type { Target } from '#src/domain/node.ts';
import type { Seat } from '#src/domain/seat.ts';
import { glanceCard, glanceJson } from '#src/health/glance-card.ts';
import { heatMap } from '#src/health/heat-map.ts';
import { statisticsBlocks } from '#src/statistics/line.ts';

/** `fleet [region|seat|coin]`: every seat at a glance, from what the patrol saw last. */
export const fleet = defineCommand({
  name: 'fleet',
  summary: 'Every seat at a glance, as the patrol saw it last: a heat map, and scores by region',
  examples: ['fleet', 'fleet EU', 'fleet KMD', 'fleet --as json'],
  private: false,
  who: 'observer',
  parameters: [
    { name: 'what', summary: 'A region, a seat or a coin; all when nothing is said', suggest: 'seat' },
    { name: 'as', named: true, summary: 'json, for a script that reads the chat', oneOf: ['map', 'json'] },
  ],
  async run({ fleet: known, examiner, now, pictures, statistics }, { what, as }): Promise<Message> {
    const shown = partOf(known, what);
    const latest = await examiner.latest(shown.targets);
    const glance = glanceOf(known, now, { ...shown, latest });
    const seat = what === undefined ? undefined : known.seat(what);
    const told = seat ? await statisticsBlocks(statistics, seat.id, { healths: latest, now }) : [];
    const plain = glanceCard(glance, what);
    const card = { ...plain, blocks: [...plain.blocks, ...told] };
    if (as === 'json') return { ...card, blocks: [{ kind: 'code', code: glanceJson(glance) }] };
    const { svg, alt } = heatMap(glance);
    const png = await pictures.png(svg);
    if (!png) return card;
    return { ...card, blocks: [...card.blocks, { kind: 'image', name: 'fleet.png', alt, png }] };
  },
});

interface Part {
  readonly seats: readonly Seat[];
  readonly targets: readonly Target[];
}

function partOf(fleet: Fleet, what: string | undefined): Part {
  const { seats } = fleet;
  const targets = fleet.targets();
  if (what === undefined) return { seats, targets };
  const chosen = seats.filter(({ id, region }) => id === what || region === what);
  if (chosen.length > 0) {
    const ids = new Set(chosen.map(({ id }) => id));
    return { seats: chosen, targets: targets.filter(({ node }) => ids.has(node.seat)) };
  }
  const running = targets.filter(({ service }) => service.coin === what);
  if (running.length > 0 || fleet.coin(what)) {
    const ids = new Set(running.map(({ node }) => node.seat));
    return { seats: seats.filter(({ id }) => ids.has(id)), targets: running };
  }
  const regions = seats.flatMap(({ region }) => region ?? []);
  const names = [...new Set([...regions, ...[...seats, ...fleet.coins].map(({ id }) => id)])];
  throw new UserError(`There is no region, seat or coin ${what}${didYouMean(what, names)}.`);
}
