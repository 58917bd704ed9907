/** The alerts that the patrol raises by itself, by putting together what was seen of several services. */
export const PATROL_ALERTNAMES = [
  'NodeUnreachable',
  'HostKeyChanged',
  'NodeDaemonsDown',
  'DaemonUnreachable',
  'NetworkStuck',
] as const;
export type PatrolAlertname = (typeof PATROL_ALERTNAMES)[number];
