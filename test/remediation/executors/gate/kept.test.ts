import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { requestOf } from '#src/remediation/executors/gate/words.ts';
import { letEnd } from '#test/conformance/run-once.ts';

import { type Script, script } from './script.ts';

interface Own extends Script {
  readonly state: string;
  /** A folder of a result. */
  readonly result: (id: string) => string;
}

function own(): Own {
  const made = script();
  onTestFinished(() => made[Symbol.dispose]());
  made.allow('once ...', 'run true');
  const state = join(made.folder, 'state');
  return Object.assign(made, { state, result: (id: string) => join(state, 'once', id) });
}
const echo = (id: string) => requestOf('once', [id, 'echo', id]);
const once = (id: string, shell: string) => requestOf('once', [id, 'sh', '-c', shell]);

const UNKNOWN = 242;
const WRONG = 241;
const aged = (path: string, days: number): void => {
  const then = new Date(Date.now() - days * 86_400_000);
  utimesSync(path, then, then);
};
/** Older results go apart from whoever asked for the newest. */
const gone = (path: string) => vi.waitUntil(() => !existsSync(path), 10_000);

describe('results', () => {
  test('are kept for a month, and those of another day stay', async () => {
    const { ask, result } = own();
    for (const id of ['old', 'young']) expect(ask(echo(id)).stdout.toString()).toBe(`${id}\n`);
    aged(result('old'), 32);
    aged(result('young'), 29);
    ask(echo('new'));
    await gone(result('old'));
    expect(ask(echo('young')).stdout.toString()).toBe('young\n');
  });

  test('are those of the newest two hundred', async () => {
    const { ask, result, state } = own();
    ask(echo('x'));
    for (let index = 0; index < 205; index++) {
      mkdirSync(result(`many-${index}`), { mode: 0o700 });
      aged(result(`many-${index}`), 2 - index / 1_000);
    }
    ask(echo('new'));
    await gone(result('many-0'));
    // x, the new one and 198 of the many.
    expect(readdirSync(join(state, 'once'))).toHaveLength(200);
    expect([6, 7].map((index) => existsSync(result(`many-${index}`)))).toEqual([false, true]);
  });

  test('that are kept no longer leave their id behind: what was done is never done again', async () => {
    const { ask, result, folder } = own();
    const [file, counting] = [join(folder, 'count'), once('counted', `echo once >>${folder}/count`)];
    expect(ask(counting).code).toBe(0);
    aged(result('counted'), 32);
    ask(echo('new'));
    await gone(result('counted'));
    for (let again = 0; again < 2; again++) {
      expect(ask(counting)).toMatchObject({ code: UNKNOWN, stderr: expect.stringContaining('no longer') });
    }
    expect(readFileSync(file, 'utf8')).toBe('once\n');
  });

  test('leave two megabytes of ids at most, the newest of them', async () => {
    const { ask, result, state } = own();
    const at = (name: string): string => join(state, name);
    ask(echo('old'));
    aged(result('old'), 32);
    writeFileSync(at('done'), `${'x'.repeat(1_100_000)}\nbefore\n`);
    writeFileSync(at('done.old'), 'long before\n');
    ask(echo('new'));
    await gone(result('old'));
    expect(readFileSync(at('done'), 'utf8')).toBe('old\n');
    expect(statSync(at('done.old')).size).toBeGreaterThan(1_100_000);
    for (const id of ['old', 'before']) expect(ask(echo(id)).code).toBe(UNKNOWN);
  });
});

describe('what a deed prints', () => {
  const END = 100_000;
  const KEPT = `\n[tocsin-gate keeps ${END} bytes of either end: what stood here was dropped]\n`;
  /** Numbers, one a line: every part of it is another. */
  const numbers = (bytes: number): string => {
    let text = '';
    for (let number = 1; text.length < bytes; number++) text += `${number}\n`;
    return text.slice(0, bytes);
  };
  const printing = (bytes: number, side: string): string =>
    once(`${bytes}${side}`.replace('>&', '-'), `seq 1 9999999 | head -c ${bytes} ${side}; exit 3`);
  const whole = numbers(2 * END + 1);

  test('is kept whole up to its bound, on either side', () => {
    const { ask } = own();
    const most = 2 * END;
    for (let again = 0; again < 2; again++) {
      const { code, stdout } = ask(printing(most, ''));
      expect([code, stdout.toString()]).toEqual([3, whole.slice(0, most)]);
      expect(ask(printing(most, '>&2')).stderr).toBe(whole.slice(0, most));
    }
  });

  test('is its two ends one byte above that, and says so', () => {
    const { ask } = own();
    const bounded = `${whole.slice(0, END)}${KEPT}${whole.slice(END + 1)}`;
    expect(ask(printing(whole.length, '')).stdout.toString()).toBe(bounded);
    expect(ask(printing(whole.length, '>&2')).stderr).toBe(bounded);
  });

  test('fills no disk, and ends no deed', () => {
    const { ask, folder, result } = own();
    const flood = 'yes | head -c 60000000';
    expect(ask(once('flood', `${flood}; ${flood} >&2; touch ${folder}/over; exit 3`)).code).toBe(3);
    expect(existsSync(join(folder, 'over'))).toBe(true);
    for (const side of ['out', 'err']) {
      expect(statSync(join(result('flood'), side)).size).toBe(2 * END + KEPT.length);
    }
    expect(readdirSync(result('flood')).toSorted()).toEqual(['asked', 'err', 'exit', 'lock', 'out']);
  });

  test('by a program that it left behind is waited for no longer than the deed, and read to its end', async () => {
    const { ask, folder, result } = own();
    const later = `until [ -e ${folder}/may-end ]; do sleep 0.02; done; yes | head -c 1000000 && touch ${folder}/over`;
    const leaving = once('leaving', `(${later}) & echo begun`);
    const began = performance.now();
    const { code, stdout } = ask(leaving);
    expect([code, stdout.toString()]).toEqual([0, 'begun\n']);
    expect(performance.now() - began).toBeLessThan(8_000);
    // What still goes on makes no room for others.
    ask(echo('short'));
    for (const id of ['leaving', 'short']) aged(result(id), 32);
    ask(echo('new'));
    await gone(result('short'));
    expect(existsSync(result('leaving'))).toBe(true);
    letEnd(folder);
    await vi.waitUntil(() => existsSync(join(folder, 'over')), 10_000);
    await vi.waitUntil(() => ask(leaving).stdout.includes(KEPT), 10_000);
    expect(ask(leaving).code).toBe(0);
  });
});

describe('a deed', () => {
  test('that was claimed and not begun is begun; one that was begun without a known end is not', () => {
    const { ask, result } = own();
    ask(echo('x'));
    // As if the gate had been ended between its claim and its word that it begins, and in the middle of that word.
    for (const id of ['claimed', 'saying']) {
      mkdirSync(result(id), { mode: 0o700 });
      writeFileSync(join(result(id), 'lock'), '');
    }
    writeFileSync(join(result('saying'), 'asked'), '');
    for (const id of ['claimed', 'saying']) expect(ask(echo(id)).stdout.toString()).toBe(`${id}\n`);
    // As if the machine had gone down after that word, and in the middle of the word of its end.
    for (const id of ['begun', 'ending']) {
      mkdirSync(result(id), { mode: 0o700 });
      writeFileSync(join(result(id), 'asked'), `${echo(id)}\n`);
    }
    writeFileSync(join(result('ending'), 'exit'), '');
    for (const id of ['begun', 'ending']) {
      expect(ask(echo(id))).toMatchObject({ code: UNKNOWN, stderr: expect.stringContaining('not known') });
      expect(existsSync(join(result(id), 'out'))).toBe(false);
    }
  });

  test('for which there is no place to keep its result is not begun, and does not look as if it had failed', () => {
    const { ask, result } = own();
    ask(echo('x'));
    mkdirSync(join(result('full'), 'lock'), { recursive: true, mode: 0o700 });
    expect(ask(echo('full'))).toMatchObject({
      code: WRONG,
      stderr: expect.stringContaining('tocsin-gate: cannot write to'),
    });
  });
});

test('the log stays below two megabytes', () => {
  const { ask, state } = own();
  ask(echo('x'));
  writeFileSync(join(state, 'log'), 'x'.repeat(1_100_000));
  ask(echo('y'));
  expect(statSync(join(state, 'log')).size).toBeLessThan(1_000);
  expect(statSync(join(state, 'log.old')).size).toBe(1_100_000);
  expect(readFileSync(join(state, 'log'), 'utf8')).toContain('once y');
});
