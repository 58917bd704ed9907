import { OutsideError } from '#src/domain/errors.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { type Seen, sinceOf, unknown } from '../../check.ts';
import { Help } from '../payloads.ts';
import { IguanaError } from '../rpc.ts';
import { ANSWERS } from '../running.ts';
import type { Check, Scene } from './check.ts';

const MINUTE_MS = 60_000;
const RESTART =
  'Look at the end of its log, then start it with its m_notary script and make sure that every dPoW is on again.';

/**
 * `SuperNET/help`. Refused = down. It serves one call at a time: silent for a while is degraded, and down when the patrol
 * has seen nothing else for the threshold's minutes. No way to it, or something else on its port: not known.
 */
export const iguanaAnswers: Check = {
  id: ANSWERS,
  title: 'iguana',
  costs: 'node',
  alertname: 'IguanaDown',
  otherAlertnames: ['IguanaSilent', 'IguanaFailing'],
  async look(scene) {
    try {
      await scene.iguana.call(Help, ['SuperNET', 'help']);
    } catch (error) {
      return seenFailing(error, scene);
    }
    const { since, process } = await scene.running();
    const facts = { runsSince: since.toISOString(), ...(process !== undefined && { process }) };
    return { finding: { state: 'up', facts }, shown: 'answers' };
  },
};

function seenFailing(error: unknown, scene: Scene): Seen {
  if (!(error instanceof OutsideError)) throw error;
  if (isRefused(error)) {
    const why = `does not run: ${error.message}`;
    return {
      finding: { state: 'down', why, facts: {} },
      shown: 'down',
      contact: 'refused',
      advice: RESTART,
      remedy: 'restart-iguana',
    };
  }
  if (error instanceof IguanaError) {
    const finding = { state: 'degraded', why: error.message, facts: {} } as const;
    return { finding, shown: 'error', alertname: 'IguanaFailing', advice: 'Look at its log.' };
  }
  if (error.system === 'iguana' && error.reason === 'timeout') return silent(error, scene);
  return { ...unknown(error.message), ...(isOutOfReach(error) && { contact: 'unreachable' }) };
}

function silent({ message }: OutsideError, scene: Scene): Seen {
  const since = sinceOf(ANSWERS, 'silent', scene);
  const facts = { how: 'silent', since: since.toISOString() };
  const why = `accepts connections but does not answer (${message})`;
  const ms = scene.now.getTime() - since.getTime();
  const { critical = Infinity } = scene.threshold('iguana-silent');
  const seen = { shown: 'silent', alertname: 'IguanaSilent' };
  if (ms <= critical * MINUTE_MS) {
    const advice = 'It may be busy with one long call: give it some minutes.';
    return { finding: { state: 'degraded', why, facts }, ...seen, advice };
  }
  const lasting = `${why}, for ${durationInWords(ms)} now`;
  return {
    finding: { state: 'down', why: lasting, facts },
    ...seen,
    advice: RESTART,
    remedy: 'restart-iguana',
  };
}

const codeOf = ({ cause }: OutsideError): unknown => (cause as { code?: unknown } | undefined)?.code;

/** Nothing listens there: iguana does not run. Anything else that fails may be the way to it. */
const isRefused = (error: OutsideError): boolean => codeOf(error) === 'ECONNREFUSED';

const OUT_OF_REACH: ReadonlySet<unknown> = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);
const isOutOfReach = (error: OutsideError): boolean =>
  OUT_OF_REACH.has(codeOf(error)) || (error.system === 'ssh' && error.retryable);
