import { platformConformance, type PlatformHarness } from '#test/conformance/platform.ts';
import { displayed } from '#test/chat/matrix/displayed.ts';
import { startMailServer } from '#test/stand-ins/mail/mail.ts';

import { alice, openEmail } from './open.ts';

async function open(): Promise<PlatformHarness> {
  const mail = await startMailServer();
  const platform = await openEmail(mail.url);
  return {
    platform,
    direct: alice,
    handle: alice.handle,
    missing: { platform: platform.id, channel: alice.handle, id: '<none@example.org>' },
    // A mailbox that folds doubles. Both parts, so that what either shows is looked at.
    read: async () =>
      mail.folded().map(({ messageId, subject, text, html }) => ({
        id: messageId,
        shown: [subject, text, displayed(html)].join('\n'),
        pinged: [],
      })),
    type: nobodyIsHeard,
    press: nobodyIsHeard,
    answers: nobodyIsHeard,
    async [Symbol.asyncDispose]() {
      await platform[Symbol.asyncDispose]();
      await mail[Symbol.asyncDispose]();
    },
  };
}

const nobodyIsHeard = (): Promise<never> => Promise.reject(new Error('nobody is heard by mail'));

platformConformance('Mail', open);
