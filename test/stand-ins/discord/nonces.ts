import type { MessageForm } from './message-form.ts';
import type { StoredMessage } from './shelf.ts';
import type { Channel, World } from './world.ts';

/**
 * The message the author already sent there with this nonce, when the request asks for the check and the
 * nonce is still remembered; otherwise writes the new one and remembers it. Nothing awaits in between, so
 * that of concurrent requests exactly one writes.
 */
export function onceByNonce(
  world: World,
  channel: Channel,
  form: MessageForm,
  once: { readonly withinMs: number; write(): StoredMessage },
): StoredMessage {
  if (form.nonce === undefined) return once.write();
  const key = `${world.botId} ${channel.id} ${form.nonce}`;
  const known = world.nonces.get(key);
  const earlier =
    known && Date.now() - known.atMs <= once.withinMs ? world.messages.get(known.messageId) : undefined;
  if (form.enforceNonce && earlier) return earlier;
  const message = once.write();
  world.nonces.set(key, { messageId: message.id, atMs: Date.now() });
  return message;
}
