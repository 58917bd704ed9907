import { platformConformance, type PlatformHarness } from '#test/conformance/platform.ts';
import { startTelegram } from '#test/stand-ins/telegram/telegram.ts';

import { alice, openTelegram } from './open.ts';

async function open(): Promise<PlatformHarness> {
  const telegram = await startTelegram();
  telegram.person(alice.handle);
  const platform = await openTelegram(telegram);
  return {
    platform,
    direct: alice,
    handle: alice.handle,
    missing: { platform: platform.id, channel: alice.handle, id: '99999' },
    read: async () =>
      telegram
        .messages(alice.handle)
        .filter(({ document }) => document === undefined)
        .map(({ id, text, entities }) => ({
          id: String(id),
          shown: text,
          pinged: entities.filter(({ type }) => type === 'mention').map((entity) => entity.text),
        })),
    type: nobodyIsHeard,
    press: nobodyIsHeard,
    answers: nobodyIsHeard,
    async [Symbol.asyncDispose]() {
      await platform[Symbol.asyncDispose]();
      await telegram[Symbol.asyncDispose]();
    },
  };
}

const nobodyIsHeard = (): Promise<never> => Promise.reject(new Error('nobody is heard on Telegram'));

platformConformance('Telegram', open);
