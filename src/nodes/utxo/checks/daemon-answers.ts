import { OutsideError, wordsOf } from '#src/domain/errors.ts';
import type { Facts, Finding } from '#src/domain/finding.ts';
import { durationInWords } from '#src/health/in-words.ts';
import { isMethodNotFound, isRefused, isUnreachable, isWarmingUp, RpcError } from '../rpc-error.ts';
import { type Check, type Scene, type Seen, sinceOf, unknown } from './check.ts';

const MINUTE_MS = 60_000;

/**
 * Any RPC; what it says of itself stands in the facts, for whoever compares it with a notice. Refused = down. Starting (-28) and silent (a connection, but no answer in time) last:
 * degraded at first, down when the patrol has seen nothing else for the threshold's minutes. No way to
 * the machine, a refused password, nonsense: not known.
 */
export const daemonAnswers: Check = {
  id: 'daemon-answers',
  title: 'daemon',
  costs: 'notarisations',
  alertname: 'DaemonDown',
  otherAlertnames: ['DaemonStarting', 'DaemonSilent', 'DaemonFailing'],
  async look(scene) {
    try {
      const { version, commit, blocks, tipTime } = await scene.daemon.chain();
      const facts: Facts = {
        ...(version && { version }),
        ...(commit && { commit }),
        blocks,
        ...(tipTime !== undefined && { tipAt: new Date(tipTime * 1000).toISOString() }),
      };
      return { finding: { state: 'up', facts }, shown: 'answers' };
    } catch (error) {
      return seenFailing(error, scene);
    }
  },
};

function seenFailing(error: unknown, scene: Scene): Seen {
  const restart = {
    remedy: 'restart-chain',
    advice: 'Look at its log and its disk, then start it; or request restart-chain.',
  };
  if (isRefused(error)) {
    const why = `does not run: ${wordsOf(error)}`;
    return { finding: { state: 'down', why, facts: {} }, shown: 'down', contact: 'refused', ...restart };
  }
  if (isWarmingUp(error)) {
    const finding = lasting('starting', `is starting (${wordsOf(error)})`, scene);
    return {
      finding,
      shown: 'starting',
      alertname: 'DaemonStarting',
      settling: true,
      advice: 'Wait; if it never ends, look at its log.',
    };
  }
  if (error instanceof OutsideError && error.reason === 'timeout') {
    const finding = lasting('silent', `accepts connections but does not answer (${error.message})`, scene);
    return { finding, shown: 'silent', alertname: 'DaemonSilent', ...(finding.state === 'down' && restart) };
  }
  if (error instanceof OutsideError && error.reason === 'rate-limited') {
    const advice = 'See what calls it so often; raise rpcworkqueue and rpcthreads.';
    return {
      finding: { state: 'degraded', why: error.message, facts: {} },
      shown: 'busy',
      alertname: 'DaemonFailing',
      advice,
    };
  }
  if (error instanceof RpcError && !isMethodNotFound(error)) {
    const why = `answers with an error (${error.message})`;
    return {
      finding: { state: 'degraded', why, facts: {} },
      shown: 'error',
      alertname: 'DaemonFailing',
      advice: 'Look at its log.',
    };
  }
  if (error instanceof RpcError)
    return unknown(`does not know ${error.method}: is it another kind of daemon?`);
  if (isUnreachable(error)) return { ...unknown(wordsOf(error)), contact: 'unreachable' };
  if (error instanceof OutsideError) return unknown(error.message);
  throw error;
}

/** Degraded, and down when it has been the same since the threshold's minutes. */
function lasting(how: 'starting' | 'silent', why: string, scene: Scene): Finding {
  const since = sinceOf(daemonAnswers.id, how, scene);
  const facts: Facts = { how, since: since.toISOString() };
  const ms = scene.now.getTime() - since.getTime();
  const { critical = Infinity } = scene.threshold(`daemon-${how}`);
  if (ms <= critical * MINUTE_MS) return { state: 'degraded', why, facts };
  return { state: 'down', why: `${why}, for ${durationInWords(ms)} now`, facts };
}
