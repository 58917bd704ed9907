import { durationInWords } from '#src/health/in-words.ts';
import { type Seen, unknown } from '../../check.ts';
import { grade } from '../../grade.ts';
import { type Parameters, parametersOf } from '../parameters.ts';
import type { ParametersUpdate } from '../payloads.ts';
import type { Check, Scene } from './check.ts';

const DAY_SECONDS = 86_400;
const SHORT = 12;

/** An update of the network's parameters that was announced: accepted by every worker, or how long there is left to. */
export const cordaParameters: Check = {
  id: 'corda-parameters',
  title: 'update',
  costs: 'soon',
  alertname: 'CordaParametersPending',
  isMeant: ({ networkMap }) => networkMap !== undefined,
  async look(scene) {
    const { parametersUpdate } = await scene.networkMap();
    if (!parametersUpdate) return { finding: { state: 'up', facts: {} }, shown: 'none' };
    const of = scene.workers.filter(({ directory }) => directory !== undefined);
    if (of.length === 0) return untold(parametersUpdate, scene);
    const seen = await Promise.all(of.map((worker) => parametersOf(worker, scene)));
    return pending(parametersUpdate, seen, scene);
  },
};

const factsOf = ({ newParametersHash, updateDeadline }: ParametersUpdate) => ({
  newParameters: newParametersHash,
  updateDeadline,
});

const leftSeconds = ({ updateDeadline }: ParametersUpdate, now: Date): number =>
  Math.round((Date.parse(updateDeadline) - now.getTime()) / 1000);

const leftWords = (seconds: number): string =>
  seconds >= 0 ? `${durationInWords(seconds * 1000)} left` : `over ${durationInWords(-seconds * 1000)}`;

function untold(update: ParametersUpdate, { now }: Scene): Seen {
  const left = leftWords(leftSeconds(update, now));
  return unknown(
    `an update of the network's parameters is pending, ${left}; whether it was accepted is told by the node's directory only`,
  );
}

function pending(update: ParametersUpdate, seen: readonly Parameters[], { now, threshold }: Scene): Seen {
  const missing = seen.filter(({ accepted }) => accepted !== update.newParametersHash);
  const facts = { ...factsOf(update), accepted: seen.length - missing.length, of: seen.length };
  if (missing.length === 0) return { finding: { state: 'up', facts }, shown: 'accepted' };
  const seconds = leftSeconds(update, now);
  const who = seen.length > 1 ? ` by ${missing.map(({ worker }) => worker).join(', ')}` : '';
  const name = `the network's new parameters ${update.newParametersHash.slice(0, SHORT)}…`;
  const { finding, figure } = grade({
    value: seconds / DAY_SECONDS,
    threshold: threshold('corda-parameters'),
    bad: 'below',
    unit: 'seconds',
    scale: DAY_SECONDS,
    facts,
    why: () => `${name} are not accepted${who}, ${leftWords(seconds)}: "${update.description.slice(0, 100)}"`,
  });
  const advice =
    `Compare the parameters, then, in the node's shell: run acceptNewNetworkParameters parametersHash: ` +
    `"${update.newParametersHash}". It cannot be taken back.`;
  return { finding, figure, shown: leftWords(seconds), remedy: 'accept-parameters', advice };
}
