import { describe, expect, test } from 'vitest';

import { OutsideError } from '#src/domain/errors.ts';
import type { Ran } from '#src/domain/executor.ts';
import { gate } from '#src/remediation/executors/gate.ts';
import { localNode } from '#test/conformance/executor.ts';

type Answer = Partial<Ran> | OutsideError;

/** A gate that answers in this order, and what it was asked. */
function answering(...answers: readonly Answer[]) {
  const asked: string[] = [];
  const left = [...answers];
  const { run, runOnce, recall, isRunning, start } = gate({
    system: 'ssh',
    async ask(_node, { request }) {
      asked.push(request);
      const next = left.shift() ?? new Error('asked too often');
      if (next instanceof Error) throw next;
      return { exitCode: 0, stdout: '', stderr: '', ...next };
    },
  });
  return { asked, run, runOnce, recall, isRunning, start };
}

const said = (exitCode: number, words: string): Answer => ({ exitCode, stderr: `tocsin-gate: ${words}\n` });
const broke = new OutsideError('ssh', 'unavailable', 'the connection broke off', { maybeDone: true });
const noWay = new OutsideError('ssh', 'unavailable', 'no way there');
const node = localNode();
const soon = (ms = 10_000) => ({ signal: AbortSignal.timeout(ms) });
const failure = (deed: Promise<unknown>): Promise<unknown> => deed.catch((error: unknown) => error);

describe('a deed', () => {
  test('is asked for again by its id while it runs, and when the connection breaks off', async () => {
    const { runOnce, asked } = answering(said(243, 'still runs'), broke, noWay, said(243, 'still runs'), {
      stdout: 'over',
    });
    expect(await runOnce(node, 'a b', ['echo', 'x'], soon())).toMatchObject({ stdout: 'over' });
    expect(new Set(asked)).toEqual(new Set(['tocsin-gate 1 once node-a@a+20b echo x']));
    expect(asked).toHaveLength(5);
  });

  test('that cannot even be asked for fails at once, and was not done', async () => {
    const { runOnce, asked } = answering(noWay);
    expect(await failure(runOnce(node, 'x', ['echo'], soon()))).toMatchObject({ maybeDone: false });
    expect(asked).toHaveLength(1);
  });

  test('whose connection stays away may have been done', async () => {
    const { runOnce } = answering(broke, ...Array.from({ length: 50 }, () => noWay));
    const began = performance.now();
    expect(await failure(runOnce(node, 'x', ['echo'], soon(1_200)))).toMatchObject({
      reason: 'timeout',
      maybeDone: true,
      message: expect.stringContaining('its result is kept'),
    });
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  test('is refused after the connection broke off: it may still have been done', async () => {
    const stranger = new OutsideError('ssh', 'untrusted', 'another host key');
    const { runOnce } = answering(broke, stranger);
    const error = await failure(runOnce(node, 'x', ['echo'], soon()));
    expect(error).toMatchObject({ reason: 'untrusted', maybeDone: true });
  });

  test('whose end is not known is not asked for again', async () => {
    const { runOnce, asked } = answering(said(242, 'x was begun, and how it ended is not known'));
    expect(await failure(runOnce(node, 'x', ['echo'], soon()))).toMatchObject({
      maybeDone: true,
      retryable: false,
    });
    expect(asked).toHaveLength(1);
  });

  test('may exit as the gate does: only with the gate’s words it is the gate', async () => {
    const { runOnce } = answering({ exitCode: 242, stderr: 'tocsin-gate: no\nmore' }, { exitCode: 243 });
    expect(await runOnce(node, 'x', ['echo'], soon())).toMatchObject({ exitCode: 242 });
    expect(await runOnce(node, 'x', ['echo'], soon())).toMatchObject({ exitCode: 243 });
  });
});

describe('a look', () => {
  test('at a program is made once', async () => {
    const { run, asked } = answering(broke);
    expect(await failure(run(node, ['echo'], soon()))).toBe(broke);
    expect(asked).toHaveLength(1);
  });

  test('at a process, and a start that looks first, is made again when the connection breaks off', async () => {
    const { isRunning, start } = answering(broke, { stdout: 'yes\n' }, broke, {});
    const process = { pid: 7, startedAt: 'boot:1', argv: ['/d'], cwd: '/', env: {} };
    expect(await isRunning(node, process)).toBe(true);
    await start(node, 'LTC', { program: '/e', once: ['-reindex', ''] });
  });

  test('that finds nothing remembered is none', async () => {
    const { recall } = answering(said(244, 'nothing is remembered as x'), said(241, 'x'), { stdout: 'x' });
    expect(await recall(node, 'LTC')).toBeUndefined();
    expect(await failure(recall(node, 'LTC'))).toMatchObject({ reason: 'rejected' });
    expect(await failure(recall(node, 'LTC'))).toMatchObject({ reason: 'unreadable' });
  });
});
