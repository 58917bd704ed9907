import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { iguana, createIguanaKind } from '#src/nodes/iguana/index.ts';
import { health } from '#test/health/seen.ts';
import { root } from '#test/real/root.ts';
import { NOW, PROCESS, runningSince, seeing, seenBy, targetOf } from './looking.ts';

const recorded = (name: string): string =>
  readFileSync(join(root, 'test/recorded/iguana', `${name}.json`), 'utf8');

/** One look at what was recorded, by call. */
async function lookAt(answers: { help: string; coin: string; active: string }, notary: string) {
  const kind = createIguanaKind(() => async (body) => {
    const { agent, method } = JSON.parse(body) as { agent: string; method: string };
    if (`${agent}/${method}` === 'SuperNET/help') return recorded(answers.help);
    return recorded(agent === 'bitcoinrpc' ? answers.coin : answers.active);
  });
  const target = targetOf('http://127.0.0.1:7776', { settings: { notary } });
  const reach = { executor: seeing(PROCESS), now: NOW, earlier: health(runningSince(60)) };
  return seenBy(await kind.look(target, reach, AbortSignal.timeout(5_000)));
}

test('a row of which nobody else is there: connected to nobody yet', async () => {
  const seen = await lookAt({ help: 'help', coin: 'unsupported', active: 'active-row' }, 'alright_DEV');
  expect(seen.results.map(({ finding }) => finding.state)).toEqual(['up', 'up', 'degraded']);
  expect(seen.of('iguana-connectivity').finding).toMatchObject({
    facts: { notary: 0, voices: 0, heardBy: 0 },
  });
});

test('an iguana without its coin, and without a round', async () => {
  const seen = await lookAt({ help: 'help', coin: 'no-coin', active: 'no-round' }, 'alright_DEV');
  expect(seen.results.map(({ alertname, finding }) => [alertname, finding.state])).toEqual([
    ['IguanaDown', 'up'],
    ['IguanaCoinMissing', 'down'],
    ['IguanaIdle', 'degraded'],
  ]);
});

test('a refusal in place of help is no answer', async () => {
  const seen = await lookAt(
    { help: 'unsupported', coin: 'unsupported', active: 'active-row' },
    'alright_DEV',
  );
  expect(seen.state('iguana-answers')).toBe('degraded');
});

test('every alert is listed', () => {
  expect(iguana.checks.flatMap(({ alertnames }) => alertnames)).toEqual([
    'IguanaDown',
    'IguanaSilent',
    'IguanaFailing',
    'IguanaCoinMissing',
    'IguanaDisconnected',
    'IguanaIdle',
  ]);
});
