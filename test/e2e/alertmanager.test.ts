import { expect, test } from 'vitest';

import { shownMessage } from '#test/chat/discord/shown.ts';
import { startAlertmanager } from '#test/real/alertmanager.ts';
import { startTocsin } from '#test/real/tocsin.ts';

import { fleetFile, openDiscordStage } from './fleet.ts';

const WITHIN_MS = 20_000;

test('what Alertmanager posts as firing and as resolved is one message, edited', async () => {
  await using stage = await openDiscordStage();
  const { discord, rooms, handles } = stage;
  await using tocsin = await startTocsin({ env: stage.env, fleet: fleetFile({ discord: stage }) });
  await stage.ready();
  await using alertmanager = await startAlertmanager({
    webhookUrl: `${tocsin.url}/ingress/alertmanager`,
    token: tocsin.ingressToken,
    route: { repeat_interval: '1s' },
  });
  const labels = { severity: 'critical', seat: 'alright_DEV', instance: 'alright-dev-main' };
  const alerts = ['one', 'two'].map((disk) => ({
    labels: { alertname: 'DiskFull', ...labels, disk },
    annotations: { summary: `disk ${disk} is full` },
  }));
  const showing = (channel: 'ops' | 'bob', ...words: readonly string[]) =>
    (channel === 'ops' ? discord.messages(rooms.ops) : discord.directMessages(handles.bob)).filter(
      (message) => words.every((word) => shownMessage(message).includes(word)),
    );
  const until = (...look: Parameters<typeof showing>) =>
    discord.until(() => showing(...look)[0], WITHIN_MS, look.join(', '));

  await alertmanager.fire(alerts);
  const first = await until('ops', 'CRITICAL: DiskFull', 'disk one is full', 'alright_DEV');
  await until('ops', 'CRITICAL: DiskFull', 'disk two is full');
  const direct = await until('bob', 'DiskFull', 'disk one is full');

  await alertmanager.resolve(alerts.slice(0, 1));
  expect((await until('ops', 'Resolved: DiskFull', 'disk one is full')).id).toBe(first.id);
  expect((await until('bob', 'Resolved: DiskFull', 'disk one is full')).id).toBe(direct.id);
  // Alertmanager has posted the other one again meanwhile: it repeats each second.
  expect(showing('ops', 'CRITICAL: DiskFull', 'disk two is full')).toHaveLength(1);
  expect(showing('ops', 'DiskFull')).toHaveLength(2);
  expect(showing('bob', 'DiskFull')).toHaveLength(2);

  const { body } = await tocsin.api('alerts');
  const statuses = (body as { status: string; labels: { disk: string } }[]).map((row) => [
    row.labels.disk,
    row.status,
  ]);
  expect(Object.fromEntries(statuses)).toEqual({ one: 'resolved', two: 'firing' });
});

test('an Alertmanager with a wrong token is refused, and nothing is told', async () => {
  await using stage = await openDiscordStage();
  await using tocsin = await startTocsin({ env: stage.env, fleet: fleetFile({ discord: stage }) });
  await using alertmanager = await startAlertmanager({
    webhookUrl: `${tocsin.url}/ingress/alertmanager`,
    token: 'wrong',
  });
  await alertmanager.fire([{ labels: { alertname: 'Refused' } }]);
  await expect
    .poll(() => alertmanager.output(), { timeout: WITHIN_MS })
    .toMatch(/unexpected status code 401/);
  expect((await tocsin.api('alerts')).body).toEqual([]);
});
