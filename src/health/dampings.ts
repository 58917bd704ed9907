import { type Damping, type Dampings, USUAL } from '#src/domain/damping.ts';
import type { PatrolAlertname } from './alertnames.ts';

/** How the patrol's own alerts are damped: each is put together from several looks already. */
const OWN: Readonly<Partial<Record<PatrolAlertname, Partial<Damping>>>> = {
  NodeUnreachable: { looks: 2, of: 2 },
  // Nothing but a person changes a key.
  HostKeyChanged: { looks: 1, of: 1 },
  NodeDaemonsDown: { looks: 1, of: 1 },
  NetworkStuck: { looks: 2, of: 2 },
};

export type DampingOf = (alertname: string) => Damping;

/** What holds for an alert: what the fleet file says, else its kind, else what is usual. */
export function dampingsOf(kinds: readonly { readonly damping?: Dampings | undefined }[]) {
  const known: Dampings = Object.assign({}, ...kinds.map(({ damping }) => damping ?? {}), OWN) as Dampings;
  return (fleet: Dampings = {}): DampingOf => {
    const made = new Map<string, Damping>();
    return (alertname) => {
      const before = made.get(alertname);
      if (before) return before;
      const damping = { ...USUAL, ...known[alertname], ...fleet[alertname] };
      const whole = { ...damping, of: Math.max(damping.of, damping.looks) };
      made.set(alertname, whole);
      return whole;
    };
  };
}
