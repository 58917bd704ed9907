import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { processesNaming } from '#test/real/processes.ts';

import type { ExecutorUnderTest } from './executor.ts';

/** Says that it began, waits until it may end, and ends with what it was told. */
const PATIENT = `
echo began >>"$1/begun"
until [ -e "$1/may-end" ]; do sleep 0.02; done
echo "$2"
echo error >&2
exit 3
`;

/** The words of a program that waits in the folder, for as long as \`letEnd\` was not called. */
export const patient = (folder: string, says = 'over'): readonly [string, ...string[]] => [
  '/bin/sh',
  '-c',
  PATIENT,
  'patient',
  folder,
  says,
];
export const timesBegun = (folder: string): number => {
  const file = join(folder, 'begun');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
};
export const letEnd = (folder: string): void => writeFileSync(join(folder, 'may-end'), '');
export const OVER = { exitCode: 3, stdout: 'over\n', stderr: 'error\n' };

/** What every executor promises of programs that run once. */
export function runOnceConformance(
  name: string,
  make: (dataDir: string) => ExecutorUnderTest | Promise<ExecutorUnderTest>,
): void {
  describe(`runs once, ${name}`, () => {
    let folder: Folder;
    let under: ExecutorUnderTest;
    const soon = (ms = 15_000) => ({ signal: AbortSignal.timeout(ms) });
    const once = (argv: readonly [string, ...string[]], bounds = soon(), id = 'request:1/step') =>
      under.executor.runOnce(under.node, id, argv, bounds);
    const failure = (deed: Promise<unknown>): Promise<unknown> => deed.catch((error: unknown) => error);
    const begun = (): Promise<void> =>
      expect.poll(() => timesBegun(folder.path), { timeout: 10_000 }).toBeGreaterThan(0);

    beforeEach(async () => {
      folder = temporaryFolder('once');
      under = await make(join(folder.path, 'data'));
    });
    afterEach(() => folder[Symbol.dispose]());

    test('gives who asks again what came of it then', async () => {
      letEnd(folder.path);
      const first = await once(patient(folder.path));
      expect(first).toEqual(under.acts ? OVER : { exitCode: 0, stdout: '', stderr: '' });
      expect(await once(patient(folder.path))).toEqual(first);
      await once(patient(folder.path), soon(), 'request:2/step');
      await under.executor.runOnce(
        { ...under.node, id: `${under.node.id}-b` as never },
        'request:1/step',
        patient(folder.path),
        soon(),
      );
      expect(timesBegun(folder.path)).toBe(under.acts ? 3 : 0);
    });

    test('once also for several who ask at the same moment', async () => {
      if (!under.acts) return;
      const all = Array.from({ length: 5 }, () => once(patient(folder.path)));
      await begun();
      letEnd(folder.path);
      expect(await Promise.all(all)).toEqual(all.map(() => OVER));
      expect(timesBegun(folder.path)).toBe(1);
    });

    test('goes on when nobody waits for it any more, and is found later', async () => {
      if (!under.acts) return;
      const began = performance.now();
      const cutOff = failure(once(patient(folder.path), soon(1_500)));
      await begun();
      expect(await cutOff).toMatchObject({ reason: 'timeout', maybeDone: true });
      expect(performance.now() - began).toBeLessThan(4_000);
      letEnd(folder.path);
      expect(await once(patient(folder.path))).toEqual(OVER);
      expect(timesBegun(folder.path)).toBe(1);
    });

    test('another program under the same id is refused', async () => {
      if (!under.acts) return;
      await once(['echo', 'one']);
      expect(await failure(once(['echo', 'two']))).toMatchObject({ reason: 'rejected' });
    });

    test('that its end is not known is said, and it is not begun again', async () => {
      if (!under.acts) return;
      const waiting = failure(once(patient(folder.path)));
      await begun();
      for (const pid of processesNaming(folder.path)) process.kill(pid, 'SIGKILL');
      expect(await waiting).toMatchObject({ maybeDone: true });
      letEnd(folder.path);
      expect(await failure(once(patient(folder.path)))).toMatchObject({
        maybeDone: true,
        message: expect.stringContaining('not known'),
      });
      expect(timesBegun(folder.path)).toBe(1);
    });

    test('words stay as they are, or are refused as too long', async () => {
      if (!under.acts) return;
      const words = [
        "it's",
        '$(id)',
        '`id`',
        '',
        'two words',
        'a\nb\n',
        '*',
        '~',
        '-n',
        '%',
        '%041',
        '\\',
        'ü😀',
        '\u0080\u0088',
      ];
      const print = (...all: readonly string[]) => ['printf', String.raw`%s\n|`, ...all] as const;
      expect((await once(print(...words), soon(), 'a')).stdout).toBe(
        words.map((word) => `${word}\n|`).join(''),
      );
      const long = 'x'.repeat(64 * 1024);
      expect((await once(print(long), soon(), 'b')).stdout).toBe(`${long}\n|`);
      const tooLong = failure(once(print("'".repeat(64 * 1024)), soon(), 'c'));
      expect(await tooLong).toMatchObject({ reason: 'rejected', maybeDone: false });
      expect(await failure(once(print('\0'), soon(), 'd'))).toMatchObject({ reason: 'rejected' });
    });

    test('gives it no input, and says what is missing', async () => {
      if (!under.acts) return;
      expect(await once(['cat'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
      const missing = failure(once(['/no/such-program', '-rpcpassword=hunter2'], soon(), 'other'));
      expect(await missing).toMatchObject({
        reason: 'not-found',
        message: expect.stringContaining('such-program'),
      });
      expect(((await missing) as Error).message).not.toContain('hunter2');
    });
  });
}
