import type { Cause } from '#src/domain/delivery.ts';

/** What messages about a notice are about: each kind of message has a cause of its own. */
export const noticeCause = (id: string): Cause => `notice:${id}`;
export const boardCause = (id: string): Cause => `board:${id}`;
export const withdrawalCause = (id: string): Cause => `withdrawal:${id}`;
export const reportCause = (id: string): Cause => `report:${id}`;
export const reminderCause = (id: string, step: string): Cause => `reminder:${id}:${step}`;
