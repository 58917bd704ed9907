import { OutsideError } from '#src/domain/errors.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { type Seen, sinceOf } from '../../check.ts';
import { isRefused } from '../http.ts';
import type { Check, Scene } from './check.ts';

const ID = 'corda-network-map';
const MINUTE_MS = 60_000;
const ADVICE =
  'Nodes go on with what they know; who starts anew needs it. Tell the operator of the network, unless it is our way there.';

/**
 * Whether the network map answers, and how often nodes ask for it: `Cache-Control: max-age`. Refused, silent or failing
 * is degraded, and down when it lasts. No way to it, or something else in its place: not known.
 */
export const cordaNetworkMap: Check = {
  id: ID,
  title: 'map',
  costs: 'soon',
  alertname: 'CordaNetworkMapUnreachable',
  otherAlertnames: ['CordaPollIntervalMissing'],
  isMeant: ({ networkMap }) => networkMap !== undefined,
  async look(scene) {
    try {
      const { networkParameterHash, pollSeconds } = await scene.networkMap();
      const facts = { networkParameters: networkParameterHash };
      if (pollSeconds !== undefined) {
        const figure = { value: pollSeconds, unit: 'seconds' } as const;
        const shown = pollSeconds === 0 ? '0 s' : durationInWords(pollSeconds * 1000);
        return { finding: { state: 'up', facts: { ...facts, pollSeconds } }, shown, figure };
      }
      const why = 'names no poll interval (Cache-Control: max-age): nodes ask it without a pause';
      const advice = 'Tell the operator of the network, or look at the proxy between that drops the header.';
      const finding = { state: 'degraded', why, facts } as const;
      return { finding, shown: 'no max-age', alertname: 'CordaPollIntervalMissing', advice };
    } catch (error) {
      return seenFailing(error, scene);
    }
  },
};

function seenFailing(error: unknown, scene: Scene): Seen {
  if (!(error instanceof OutsideError) || !isTheirs(error)) throw error;
  const since = sinceOf(ID, 'failing', scene);
  const facts = { how: 'failing', since: since.toISOString() };
  const ms = scene.now.getTime() - since.getTime();
  const { critical = Infinity } = scene.threshold(ID);
  const why = `the network map gives none: ${error.message}`;
  const shown = error.reason === 'timeout' ? 'silent' : 'fails';
  if (ms <= critical * MINUTE_MS)
    return { finding: { state: 'degraded', why, facts }, shown, advice: ADVICE };
  const lasting = `${why}, for ${durationInWords(ms)} now`;
  return { finding: { state: 'down', why: lasting, facts }, shown, advice: ADVICE };
}

/** It was reached, and it refused, hung or failed; anything else may be the way, or our fleet file. */
const isTheirs = (error: OutsideError): boolean =>
  isRefused(error) ||
  (error.system === 'corda' &&
    (error.reason === 'timeout' || (error.reason === 'unavailable' && error.cause === undefined)));
