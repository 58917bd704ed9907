import type { Oncalls } from '#src/domain/oncall.ts';

/** A network in which nobody is named: all of a team are equal. */
export const nobodyOnCall: Pick<Oncalls, 'firsts'> = {
  firsts: (asked) => Promise.resolve(asked.map(() => undefined)),
};
