import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import type { Request } from '#src/domain/remedy.ts';
import { shownMessage } from '#test/chat/discord/shown.ts';
import { fresh, V1, V2, withImage } from '#test/nodes/kubernetes/rolling.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';
import { type RunningTocsin, startTocsin } from '#test/real/tocsin.ts';
import type { StoredMessage } from '#test/stand-ins/discord/discord.ts';
import { startCluster, type StandInCluster, TOKEN } from '#test/stand-ins/kubernetes/cluster.ts';
import { type Controllers, createControllers } from '#test/stand-ins/kubernetes/controllers.ts';
import { kubeconfigFor } from '#test/stand-ins/kubernetes/kubeconfig.ts';

import { type DiscordStage, fleetFile, openDiscordStage, type PersonName } from './fleet.ts';

const WITHIN_MS = 60_000;
/** What a killed process held is given up after half a minute. */
const AFTER_KILL_MS = 90_000;
const NODE = 'alright-dev-cluster';

let folder: Folder;
let cluster: StandInCluster;
let controllers: Controllers;
let stage: DiscordStage;
let tocsin: RunningTocsin;

beforeAll(async () => {
  folder = temporaryFolder('rollouts');
  [cluster, stage] = await Promise.all([startCluster(), openDiscordStage()]);
  controllers = createControllers(cluster);
  const file = join(folder.path, 'kubeconfig');
  const kubeconfig = await kubeconfigFor({ url: cluster.url, token: TOKEN, file });
  const nodes = [
    {
      id: NODE,
      seat: 'alright_DEV',
      access: { kind: 'kubernetes', kubeconfig, context: 'test', namespace: 'komodo' },
      services: [{ id: 'komodod', kind: 'kubernetes', workload: 'deployment/kmd' }],
    },
  ];
  tocsin = await startTocsin({ env: stage.env, fleet: fleetFile({ discord: stage, nodes }) });
  await stage.ready();
}, 60_000);

afterAll(async () => {
  await tocsin?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
  folder?.[Symbol.dispose]();
});

/** v0.9.2 runs, v0.9.1 ran before; controllers get on with every look. */
beforeEach(() => {
  cluster.heard(() => undefined);
  for (const kind of ['deployments', 'replicasets', 'pods'])
    for (const { metadata } of cluster.all(kind)) cluster.remove(kind, metadata.name);
  controllers.fates.clear();
  cluster.put(fresh('deployment', V1));
  controllers.settle();
  cluster.put(withImage(cluster.object('deployments', 'kmd')!, V2));
  controllers.settle();
  cluster.patches.length = 0;
  cluster.heard((line) => {
    if (line.startsWith('GET')) controllers.turn();
  });
});

const written = (): number =>
  cluster.patches.filter(({ isRehearsal, isRefused }) => !isRehearsal && !isRefused).length;
const pods = (): string => JSON.stringify(cluster.all('pods'));

/** Asks by slash command; resolves with the request as the program has it. */
async function requested(by: PersonName, remedy: string, args?: string): Promise<Request> {
  const options = { remedy, node: NODE, ...(args !== undefined && { arguments: args }) };
  const asked = await stage.discord.as(stage.handles[by]).slash('/remedy run', options);
  const words = shownMessage(await asked.replied());
  const id = /request ([0-9a-z]+)/.exec(words)?.[1];
  const { body } = await tocsin.api('remedies');
  return (body as Request[]).find((request) => request.id === id) ?? expect.unreachable(words);
}

/** The request's message, once it shows all of the words. */
const shown = (id: string, ...words: readonly string[]): Promise<StoredMessage> =>
  stage.discord.until(
    () =>
      stage.discord
        .messages(stage.rooms.notaries)
        .filter(({ interactionId }) => interactionId === undefined)
        .find((message) => [`request ${id}`, ...words].every((word) => shownMessage(message).includes(word))),
    AFTER_KILL_MS,
    words.join(', '),
  );

async function approved(by: PersonName, { id }: Request): Promise<StoredMessage> {
  const message = await shown(id, 'Approve');
  await (await stage.discord.as(stage.handles[by]).press(message.id, '✅ Approve')).replied(WITHIN_MS);
  return message;
}

test(
  'asked for by one, approved by another: the pod is replaced once, and the message says so in the end',
  async () => {
    const before = pods();
    const request = await requested('alice', 'rollout-restart');
    const message = await approved('bob', request);
    const done = await shown(request.id, 'done and verified', 'Restarted: 1 of 1 pods have the new template');
    expect(done.id).toBe(message.id);
    expect(written()).toBe(1);
    expect(cluster.all('pods')).toHaveLength(1);
    expect(pods()).not.toContain(/uid-kmd-[\w-]+/.exec(before)?.[0]);
  },
  AFTER_KILL_MS,
);

test(
  'Tocsin is killed as the change is written: the next one goes on from it, and the tag of before runs',
  async () => {
    const request = await requested('alice', 'rollout-undo', 'image=v0.9.1');
    const { promise: isWritten, resolve } = Promise.withResolvers<void>();
    cluster.heard((line) => {
      if (!line.startsWith('PATCH') || line.includes('dryRun')) return;
      cluster.fail('lost');
      resolve();
    });
    await approved('bob', request);
    await isWritten;
    expect(await tocsin.kill()).toMatchObject({ signal: 'SIGKILL' });
    expect(written()).toBe(1);
    cluster.fail();
    cluster.heard((line) => {
      if (line.startsWith('GET')) controllers.turn();
    });
    await tocsin.restart();
    await stage.ready();
    await shown(request.id, 'done and verified', 'Undone: 1 of 1 pods have the new template');
    expect(written()).toBe(1);
    expect(pods()).toContain(V1);
  },
  2 * AFTER_KILL_MS,
);

test(
  'a pod that does not come up: the message tells its reason, its last words and the way back, and no secret',
  async () => {
    controllers.fates.set(V2, 'crash');
    const request = await requested('alice', 'rollout-restart');
    cluster.heard((line) => {
      if (!line.startsWith('GET')) return;
      controllers.turn();
      for (const { metadata } of cluster.all('pods'))
        cluster.says(metadata.name, 'komodod', 'rpcpassword=hunter2-hunter2\nError: disk is full', true);
      if (written() === 1 && pods().includes('CrashLoopBackOff')) controllers.expire('kmd');
    });
    await approved('bob', request);
    const message = shownMessage(
      await shown(
        request.id,
        'failed',
        'ProgressDeadlineExceeded',
        'CrashLoopBackOff',
        'Error: disk is full',
      ),
    );
    expect(message).toContain(`remedy run rollout-undo ${NODE} komodod to=1`);
    const audit = await tocsin.api('audit');
    const remedies = await tocsin.api('remedies');
    expect(JSON.stringify([message, audit.body, remedies.body])).not.toContain('hunter2');
  },
  AFTER_KILL_MS,
);
