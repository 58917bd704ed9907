import type { Seen } from '../../check.ts';
import { type Parameters, parametersOf } from '../parameters.ts';
import type { Check, Scene } from './check.ts';

const SHORT = 12;
const short = (hash: string): string => `${hash.slice(0, SHORT)}…`;

/**
 * Which network parameters the node has accepted, for whoever compares it with a notice (the fact `parameters`), and
 * whether it runs with those that the network map tells of: a node that does not shuts down when it next polls.
 */
export const cordaAccepted: Check = {
  id: 'corda-accepted',
  title: 'accepted',
  costs: 'notarisations',
  alertname: 'CordaParametersMismatch',
  otherAlertnames: ['CordaFlagDay'],
  isMeant: (_, workers) => workers.some(({ directory }) => directory !== undefined),
  async look(scene) {
    const of = scene.workers.filter(({ directory }) => directory !== undefined);
    const [seen, map] = await Promise.all([
      Promise.all(of.map((worker) => parametersOf(worker, scene))),
      scene.settings.networkMap === undefined ? undefined : scene.networkMap().catch(() => undefined),
    ]);
    const accepted = map?.parametersUpdate?.newParametersHash;
    const behind = seen.find((one) => accepted !== undefined && one.accepted !== accepted) ?? seen[0];
    const isOne = seen.every((one) => one.accepted === seen[0]?.accepted);
    // Of several, the one that is not so far speaks for all of them; that they differ without an update proves nothing.
    const parameters = isOne || accepted !== undefined ? behind?.accepted : undefined;
    const facts = { ...(parameters !== undefined && { parameters }) };
    const shown = parameters?.slice(0, SHORT) ?? 'differ';
    const others = map ? seen.filter(({ inForce }) => inForce !== map.networkParameterHash) : [];
    if (!map || others.length === 0) return { finding: { state: 'up', facts }, shown };
    return mismatched(others, { current: map.networkParameterHash, facts, shown, scene });
  },
};

interface Mismatch {
  readonly current: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly shown: string;
  readonly scene: Scene;
}

function mismatched(others: readonly Parameters[], { current, facts, shown, scene }: Mismatch): Seen {
  const refused = others.filter(({ accepted }) => accepted !== current);
  const named = (of: readonly Parameters[]): string =>
    scene.workers.length > 1 ? `${of.map(({ worker }) => worker).join(', ')}: ` : '';
  if (refused.length > 0) {
    const [{ inForce } = { inForce: '' }] = refused;
    const why = `${named(refused)}runs with parameters ${short(inForce)}, the network has ${short(current)}, which it never accepted: it shuts down at its next poll`;
    const advice =
      'Compare the parameters with what the operator of the network announced; then remove network-parameters from its directory and start it: it takes the current ones.';
    return { finding: { state: 'down', why, facts }, shown, advice };
  }
  const why = `${named(others)}flag day: the network has switched to ${short(current)}, which it accepted; it shuts down at its next poll and has to be started again`;
  const advice =
    'Restart one worker now, then one after the other, each when the one before serves; who polled most recently comes last.';
  return {
    finding: { state: 'degraded', why, facts },
    shown,
    alertname: 'CordaFlagDay',
    remedy: 'flag-day',
    advice,
  };
}
