import type { ListenerProbe } from '#test/conformance/listener-probe.ts';
import { platformConformance, type PlatformHarness, type Standing } from '#test/conformance/platform.ts';
import { type Discord, startDiscord, type StoredMessage } from '#test/stand-ins/discord/discord.ts';

import { openDiscord } from './open.ts';
import { shownMessage } from './shown.ts';

async function open(listener: ListenerProbe): Promise<PlatformHarness> {
  const discord = await startDiscord({ limits: false });
  const ada = discord.user({ name: 'ada' });
  listener.known.add(ada.id);
  const platform = await openDiscord(discord, listener);
  await discord.until(() => discord.commands().guild.length > 0 && discord.commands().global.length > 0);
  const room = { kind: 'room', id: discord.channelId } as const;
  const asked: Awaited<ReturnType<ReturnType<Discord['as']>['slash']>>[] = [];

  return {
    platform,
    room,
    direct: { kind: 'direct', handle: ada.id },
    handle: ada.id,
    missing: { platform: platform.id, channel: discord.channelId, id: '100000000000000001' },
    read: async (at) =>
      (at.kind === 'room' ? discord.messages(at.id) : discord.directMessages(at.handle))
        .filter(({ authorId }) => authorId === discord.botId)
        .map(standing),
    async type(words) {
      const command = discord.commands().guild.find(({ name }) => name === words[0]);
      const values = Object.fromEntries(
        (command?.options ?? []).map(({ name }, at) => [name, words[at + 1] ?? '']),
      );
      asked.push(await discord.as(ada.id).slash(`/${words[0]}`, values));
    },
    async press(posted, choice) {
      asked.push(await discord.as(ada.id).press(posted.id, choice.words.join(' ')));
    },
    answers: async () =>
      asked
        .flatMap(({ original, followUps }) => (original ? [original, ...followUps] : []))
        .filter(({ loading }) => !loading)
        .map(standing),
    async [Symbol.asyncDispose]() {
      await platform[Symbol.asyncDispose]();
      await discord[Symbol.asyncDispose]();
    },
  };
}

/** Pings of the post and of every edit. */
function standing(message: StoredMessage): Standing {
  const pings = [message.pinged, ...message.edits.map(({ pinged }) => pinged)];
  const pinged = new Set(
    pings.flatMap(({ everyone, users }) => [...(everyone ? ['everyone'] : []), ...users]),
  );
  return { id: message.id, shown: shownMessage(message), pinged: [...pinged] };
}

platformConformance('Discord', open);
