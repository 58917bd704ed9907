import type { Container, Ended, Pod } from './pods.ts';

/** What keeps a pod from serving, the plainest cause of it. */
export interface Trouble {
  readonly alertname: string;
  readonly pod: string;
  readonly container?: string | undefined;
  /** The word that Kubernetes has for it. */
  readonly reason: string;
  readonly why: string;
  readonly ended?: Ended | undefined;
  readonly since: string | undefined;
  /** It does not end by waiting. */
  readonly isHard: boolean;
  readonly advice: string;
}

interface Cause {
  readonly alertname: string;
  readonly reasons: RegExp;
  readonly words: string;
  readonly advice: string;
}

/** Reasons of a container that waits, as kubelets give them; the first that matches. */
const CAUSES: readonly Cause[] = [
  {
    alertname: 'PodCrashLooping',
    reasons: /^CrashLoopBackOff$/,
    words: 'ends again and again',
    advice: 'Read what it said before it ended: kubectl logs --previous.',
  },
  {
    alertname: 'PodImagePullFailing',
    reasons:
      /^(ImagePullBackOff|ErrImagePull|InvalidImageName|ErrImageNeverPull|ImageInspectError|RegistryUnavailable)$/,
    words: 'has no image to start',
    advice:
      'Compare the image and its tag with the registry, and the pull secret; undo the rollout meanwhile.',
  },
  {
    alertname: 'PodCannotStart',
    reasons:
      /^(CreateContainerConfigError|CreateContainerError|RunContainerError|PreStartHookError|PostStartHookError)$/,
    words: 'cannot be started',
    advice: 'Describe the pod: a secret, a config map, a volume or the command that it names is not there.',
  },
];

/** The trouble of a pod that is not ready; undefined for one that is. */
export function troubleOf(pod: Pod): Trouble | undefined {
  const waiting = pod.containers.flatMap((container) => causeOf(container, pod) ?? []);
  // A container that loops is worse than its pod that is not ready for it.
  const [first] = waiting.toSorted((a, b) => rank(a) - rank(b));
  if (first) return first;
  if (pod.ready && pod.deletedAt === undefined) return undefined;
  const base = { pod: pod.name, since: pod.unreadySince, isHard: false };
  const killed = pod.containers.find(({ ended, ready }) => ended?.reason === 'OOMKilled' && !ready);
  if (killed) return outOfMemory(killed, pod);
  if (pod.deletedAt !== undefined) {
    return {
      ...base,
      alertname: 'PodNotReady',
      reason: 'Terminating',
      since: pod.deletedAt,
      why: 'is being deleted',
      advice: 'If it does not go, its machine may be lost: look at the machine before you force anything.',
    };
  }
  if (pod.unschedulable !== undefined) {
    return {
      ...base,
      alertname: 'PodUnschedulable',
      reason: 'Unschedulable',
      why: `no machine takes it: ${pod.unschedulable.slice(0, 200)}`,
      advice: 'Make room, or look at its node selector, its taints and its volume.',
    };
  }
  const ended = pod.containers.find((one) => !one.ready && !one.running && one.ended)?.ended;
  return {
    ...base,
    alertname: 'PodNotReady',
    reason: pod.reason ?? (pod.phase === 'Running' ? 'NotReady' : pod.phase),
    why: `is not ready${ended ? `, ${endInWords(ended)}` : ''}${pod.phase === 'Running' ? '' : ` (${pod.phase})`}`,
    ended,
    advice: 'Describe the pod, and read the logs of its containers.',
  };
}

function causeOf(container: Container, pod: Pod): Trouble | undefined {
  const { waiting, ended, name } = container;
  if (waiting === undefined) return undefined;
  const cause = CAUSES.find(({ reasons }) => reasons.test(waiting));
  if (!cause) return undefined;
  if (ended?.reason === 'OOMKilled') return outOfMemory(container, pod);
  return {
    alertname: cause.alertname,
    pod: pod.name,
    container: name,
    reason: waiting,
    why: `container ${name} ${cause.words} (${waiting}${ended ? `, ${endInWords(ended)}` : ''})`,
    ended,
    since: pod.unreadySince,
    isHard: true,
    advice: cause.advice,
  };
}

const outOfMemory = ({ name, ended, waiting }: Container, pod: Pod): Trouble => ({
  alertname: 'PodOutOfMemory',
  pod: pod.name,
  container: name,
  reason: 'OOMKilled',
  why: `container ${name} was killed: it used more memory than its limit${waiting ? ` (${waiting})` : ''}`,
  ended,
  since: pod.unreadySince,
  isHard: waiting === 'CrashLoopBackOff',
  advice: 'Raise the memory limit, or find what grew: a larger wallet, mempool or cache.',
});

export const endInWords = ({ reason, exitCode }: Ended): string =>
  `last ended with exit code ${exitCode}${reason === 'Error' || reason === 'no reason' ? '' : ` (${reason})`}`;

const rank = ({ alertname }: Trouble): number => CAUSES.findIndex((cause) => cause.alertname === alertname);
