import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';

import type { ServiceHealth } from '#src/domain/finding.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import type { Voice } from '#src/domain/voice.ts';
import { createLookAt } from '#src/health/look-at.ts';
import { kinds } from '#src/nodes/kinds.ts';
import { startTrial } from '#src/trial/index.ts';

/** The trial, with eyes on it that remember what they saw last. */
async function watchedTrial() {
  const trial = await startTrial();
  onTestFinished(() => trial.stop());
  const fleet = fleetOf(trial.fleet);
  const said = new Map<string, Voice>();
  const seen = new Map<string, ServiceHealth>();
  const voices = {
    tell: async (coin: string, voice: Voice) => void said.set(`${coin} ${voice.node}`, voice),
    hear: async (coin: string) =>
      [...said].flatMap(([key, voice]) => (key.startsWith(`${coin} `) ? [voice] : [])),
  };
  const fellow = (of: { node: string; service: string }) => {
    const target = fleet.target(of.node, of.service);
    return target && { target, executor: trial.executor };
  };
  const lookAt = createLookAt({
    kinds,
    executors: () => trial.executor,
    around: { voices, fellow, mandates: { of: async () => [] } },
    logger: pino({ level: 'silent' }),
    now: () => new Date(),
  });
  const lookAtAll = async () => {
    for (const target of fleet.targets()) {
      const key = `${target.node.id}/${target.service.id}`;
      seen.set(key, await lookAt(target, seen.get(key)));
    }
    return seen;
  };
  return { trial, lookAtAll };
}

test('its daemons are well in everything once each has spoken', async () => {
  const { lookAtAll } = await watchedTrial();
  await lookAtAll();
  const wrong = [...(await lookAtAll()).values()].flatMap(({ results, node, service }) =>
    results
      .filter(({ finding }) => finding.state !== 'up')
      .map(({ check, finding }) => ({ node, service, check, finding })),
  );
  expect(wrong).toEqual([]);
});

test('its switch fork makes that daemon the minority of its coin, and nobody else', async () => {
  const { trial, lookAtAll } = await watchedTrial();
  await lookAtAll();
  await trial.flip('alright-dev-main/KMD', 'fork');
  await lookAtAll();
  const forks = [...(await lookAtAll())].flatMap(([key, { results }]) =>
    results
      .filter(({ check, finding }) => check === 'fork' && finding.state !== 'up')
      .map((result) => [key, result] as const),
  );
  expect(forks.map(([key, { alertname, finding }]) => [key, alertname, finding.state])).toEqual([
    ['alright-dev-main/KMD', 'ForkDetected', 'down'],
  ]);
  const [, result] = forks[0] ?? [];
  expect(result?.finding).toMatchObject({
    facts: { voices: 6, against: 5, split: expect.any(Number) as number },
  });
});
