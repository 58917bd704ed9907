import fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';

import { createConsole } from '#src/chat/console/platform.ts';
import type { Alert } from '#src/domain/alert.ts';
import type { Console, ConsolePost, ConsolePosts } from '#src/domain/console.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import type { Menu } from '#src/domain/menu.ts';
import type { Notice } from '#src/domain/notice.ts';
import type { RollCall } from '#src/domain/roll.ts';
import type { ChatPlatform, Heard } from '#src/domain/platform.ts';
import type { Request } from '#src/domain/remedy.ts';
import type { DaemonCard } from '#src/http/dashboard/trial.ts';
import { trialRoutes } from '#src/http/dashboard/trial-routes.ts';
import { trialFleet } from '#src/trial/fleet.ts';

const menu = (name: string, isPrivate = false): Menu => ({
  name,
  summary: name,
  examples: [],
  private: isPrivate,
  parameters: [],
  actions: [],
});

const key = (channel: string, id: string): string => `${channel} ${id}`;

/** Posts in memory, as the store promises them. */
export function memoryPosts(): ConsolePosts {
  const kept = new Map<string, ConsolePost>();
  return {
    async add(post) {
      const found = kept.get(key(post.channel, post.id)) ?? post;
      kept.set(key(post.channel, post.id), found);
      return found;
    },
    async edit(channel, id, message) {
      const found = kept.get(key(channel, id));
      if (!found) return undefined;
      const edited: ConsolePost = {
        ...found,
        body: { kind: 'message', message },
        revision: found.revision + 1,
      };
      kept.set(key(channel, id), edited);
      return edited;
    },
    get: async (channel, id) => kept.get(key(channel, id)),
    list: async (channel) => [...kept.values()].filter((post) => post.channel === channel),
  };
}

/** The page over fakes: what the rest of Tocsin says is put into the lists. */
export interface OpenPage extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly console: ChatPlatform & Console;
  readonly heard: Heard[];
  readonly flipped: [id: string, which: string][];
  readonly daemons: DaemonCard[];
  readonly alerts: Alert[];
  readonly requests: Request[];
  readonly notices: Notice[];
  readonly rolls: Map<string, RollCall>;
  broken: boolean;
}

const card = (id: string, changes: Partial<DaemonCard> = {}): DaemonCard => {
  const [node = '', coin = ''] = id.split('/');
  const well = {
    process: 'running',
    blocks: 4_700_100,
    behind: 0,
    forked: false,
    notaryUtxos: 24,
    version: '0.9.1',
  } as const;
  return { id, node, seat: 'alright_DEV', coin, ...well, ...changes };
};

export async function openPage(): Promise<OpenPage> {
  const heard: Heard[] = [];
  const flipped: [string, string][] = [];
  const [alerts, requests, notices, rolls] = [[], [], [], new Map()] as [
    Alert[],
    Request[],
    Notice[],
    Map<string, RollCall>,
  ];
  const daemons = [card('alright-dev-main/KMD'), card('alright-dev-main/LTC'), card('harbor-ar-main/KMD')];
  const console = createConsole({
    posts: memoryPosts(),
    rooms: () => ['notaries', 'ops'],
    logger: pino({ enabled: false }),
  });
  await console.start(
    {
      menu: [menu('help', true), menu('health'), menu('ack'), menu('alerts')],
      hear: async (one) => void heard.push(one),
      complete: async () => [],
      knows: () => true,
    },
    new AbortController().signal,
  );
  const fleet = fleetOf(trialFleet([]));
  const page = { broken: false };
  const app = fastify();
  await app.register(
    trialRoutes({
      console,
      alerting: { list: async () => alerts },
      remediation: { list: async () => requests },
      broadcast: { list: async () => notices, rollCall: async (id) => rolls.get(id) },
      fleets: { current: () => fleet, onChange: () => undefined },
      trial: {
        startedAt: new Date(0),
        daemons: () => daemons,
        wasBroken: () => page.broken,
        flip: async (id, which) => void flipped.push([id, which]),
      },
      logger: pino({ enabled: false }),
    }),
  );
  return Object.assign(page, {
    app,
    console,
    heard,
    flipped,
    daemons,
    alerts,
    requests,
    notices,
    rolls,
    async [Symbol.asyncDispose]() {
      await app.close();
      await console[Symbol.asyncDispose]();
    },
  });
}
