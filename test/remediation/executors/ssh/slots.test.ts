import { expect, test } from 'vitest';

import { createSlots } from '#src/remediation/executors/ssh/slots.ts';

const NEVER = new AbortController().signal;

test('are given in turn, each place back once', async () => {
  const slots = createSlots(2);
  const [first, second] = [await slots.take(NEVER), await slots.take(NEVER)];
  const order: string[] = [];
  const third = slots.take(NEVER).then((back) => (order.push('third'), back));
  const fourth = slots.take(NEVER).then((back) => (order.push('fourth'), back));
  expect(slots.taken).toBe(2);
  first();
  first();
  const backs = [await third];
  expect([order, slots.taken]).toEqual([['third'], 2]);
  second();
  backs.push(await fourth);
  backs.forEach((back) => back());
  expect(slots.taken).toBe(0);
});

test('who waits no longer takes no place', async () => {
  const slots = createSlots(1);
  const back = await slots.take(NEVER);
  const end = new AbortController();
  const waiting = slots.take(end.signal);
  end.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(slots.take(end.signal)).rejects.toThrow('enough');
  back();
  expect(slots.taken).toBe(0);
});
