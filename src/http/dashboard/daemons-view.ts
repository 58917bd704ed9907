import { type Html, html } from '#src/html.ts';

import type { DaemonCard } from './trial.ts';
import type { Viewer } from './viewer.ts';

interface SwitchLabel {
  readonly which: string;
  readonly label: string;
  readonly hint: string;
}

const SWITCHES: readonly SwitchLabel[] = [
  { which: 'stop', label: 'Stop', hint: 'the process ends, its port refuses' },
  { which: 'drain', label: 'Drain UTXOs', hint: 'spends all notary UTXOs but a few' },
  { which: 'behind', label: 'Fall behind', hint: 'stays 14 blocks behind its peers' },
  {
    which: 'fork',
    label: 'Fork',
    hint: 'follows another branch from 6 blocks ago; no check looks for that yet',
  },
  { which: 'update', label: 'Update', hint: 'starts again with 0.9.2' },
];

/** The simulated daemons with what is truly the matter with them, and their switches. */
export const daemonsView = (daemons: readonly DaemonCard[], viewer: Viewer): Html => html`
  <section id="daemons" class="panel" aria-labelledby="daemons-title">
    <h2 id="daemons-title">Simulated daemons</h2>
    <p class="hint">What is really so. Tocsin knows only what its patrol sees, every 5 seconds.</p>
    <ul class="daemons">
      ${daemons.map((daemon) => daemonView(daemon, viewer))}
    </ul>
  </section>
`;

function daemonView(daemon: DaemonCard, { operator, place }: Viewer): Html {
  const { id, node, coin } = daemon;
  const troubles = troublesOf(daemon);
  const mood = daemon.process === 'stopped' ? 'critical' : troubles.length > 0 ? 'warning' : 'good';
  const shown = SWITCHES.filter(({ which }) => which === 'stop' || daemon.process === 'running');
  return html`<li class="daemon">
    <details id="switches-${id}">
      <summary>
        <span class="dot ${mood}" aria-hidden="true"></span>
        <span class="name">${node} <b>${coin}</b></span>
        <span class="state">${troubles.join(', ') || 'well'}</span>
      </summary>
      <p class="hint">
        version ${daemon.version} · block ${daemon.blocks} · ${daemon.notaryUtxos} notary UTXOs
      </p>
      <form class="switches" method="post" action="/trial/flip">
        <input type="hidden" name="as" value="${operator.id}" />
        <input type="hidden" name="in" value="${place.channel}" />
        <input type="hidden" name="daemon" value="${id}" />
        ${shown
          .filter(({ which }) => which !== 'stop' || daemon.process !== 'stopped')
          .map(
            ({ which, label, hint }) =>
              html`<button name="switch" value="${which}" title="${hint}">${label}</button>`,
          )}
        ${troubles.length > 0 && html`<button name="switch" value="mend" class="primary">Mend</button>`}
      </form>
    </details>
  </li>`;
}

const FEW_UTXOS = 10;

function troublesOf({ process, behind, forked, notaryUtxos }: DaemonCard): readonly string[] {
  return [
    process === 'running' ? '' : process,
    behind > 0 ? `${behind} behind` : '',
    forked ? 'forked' : '',
    notaryUtxos < FEW_UTXOS ? `${notaryUtxos} UTXOs` : '',
  ].filter(Boolean);
}
