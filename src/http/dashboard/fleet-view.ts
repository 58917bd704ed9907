import type { FindingState } from '#src/domain/finding.ts';
import {
  type Counts,
  type Glance,
  isFine,
  type RegionGlance,
  type SeatGlance,
  SHOWN_STATES,
  STATE_WORDS,
} from '#src/domain/glance.ts';
import { pointsWords, scoreWords } from '#src/domain/score.ts';
import { inMinutes } from '#src/domain/time.ts';
import { type Content, type Html, html } from '#src/html.ts';

/** A shape beside the colour: a colour alone says nothing to some. */
const SIGNS: Readonly<Record<FindingState, string>> = { up: '•', degraded: '▲', down: '✖', unknown: '?' };

/** Seats by services: what stands out needs somebody. It scrolls in its own frame; the seats stay in sight. */
export function fleetView(glance: Glance): Html {
  const { regions, services, counts, score, at, stale } = glance;
  if (services.length === 0) return html`<p class="hint">Nothing.</p>`;
  return html`<p class="glance"><b>Score ${scoreWords(score)}</b> ${countsView(counts)}</p>
    <p class="hint">
      ${`as of ${inMinutes(at.toISOString())}`}${stale > 0 && ` · ${stale} unknown because the last look is older than three intervals`}
    </p>
    <div class="table" role="region" aria-label="Seats by services" tabindex="0">
      <table class="fleet">
        <thead>
          <tr>
            <th scope="col">seat</th>
            <th scope="col">score</th>
            ${services.map((service) => html`<th scope="col"><span>${service}</span></th>`)}
          </tr>
        </thead>
        ${regions.map((region) => regionView(region, services))}
      </table>
    </div>`;
}

const countsView = (counts: Counts): readonly Html[] =>
  SHOWN_STATES.map(
    (state) =>
      html`<span class="count"
        ><span class="${state}" aria-hidden="true">${SIGNS[state]}</span> ${counts[state]}
        ${STATE_WORDS[state]}</span
      > `,
  );

const regionView = (glance: RegionGlance, services: readonly string[]): Html =>
  html`<tbody>
    <tr class="region">
      <th scope="rowgroup" colspan="${services.length + 2}">
        <span
          >${glance.region}
          ${isFine(glance) ? 'all fine' : SHOWN_STATES.map((state) => sickView(glance, state))}</span
        >
      </th>
    </tr>
    ${glance.seats.map((seat) => seatView(seat, services))}
  </tbody>`;

const sickView = ({ counts }: RegionGlance, state: FindingState): Content =>
  state !== 'up' &&
  counts[state] > 0 &&
  html`<span class="count" title="${counts[state]} ${STATE_WORDS[state]}"
    ><span class="${state}">${SIGNS[state]}</span> ${counts[state]}</span
  > `;

const seatView = (glance: SeatGlance, services: readonly string[]): Html =>
  html`<tr class="${isFine(glance) ? 'fine' : 'sick'}">
    <th scope="row">${glance.seat.id}</th>
    <td class="points" title="${scoreWords(glance.score)}">${pointsWords(glance.score)}</td>
    ${services.map((service) => {
      const cell = glance.cells.get(service);
      if (!cell) return html`<td></td>`;
      const { state, score } = cell;
      const said = `${service} of ${glance.seat.id}: ${STATE_WORDS[state]}, ${scoreWords(score)}`;
      return html`<td class="${state}" title="${said}">${SIGNS[state]}</td>`;
    })}
  </tr>`;
