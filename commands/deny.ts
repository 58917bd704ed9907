import { defineCommand } from '#src/command/define.ts';
import { NO_REASON, REASON } from '#src/command/reason.ts';
import { type Message, text } from '#src/domain/message.ts';

/** `deny ID reason…`: a requested remedy, a drafted notice, or somebody's further account. */
export const deny = defineCommand({
  name: 'deny',
  summary: 'Refuse a requested remedy or a further account, or drop a drafted notice',
  examples: ['deny r1b2c3d4 not during the rescan', 'deny n1b2c3d wrong height'],
  private: false,
  who: 'notary',
  parameters: [
    { name: 'id', summary: 'Id of the request, notice or link', required: true, suggest: 'decidable' },
    REASON,
  ],
  async run({ actor, remediation, broadcast, linking }, { id, reason = NO_REASON }): Promise<Message> {
    if (await broadcast.find(id)) {
      const notice = await broadcast.close(id, actor, reason);
      return {
        tone: 'good',
        title: `Notice ${notice.state}`,
        blocks: [text(reason)],
        footer: `notice ${id}`,
      };
    }
    if (await linking.find(id)) {
      const link = await linking.deny(id, actor, reason);
      return {
        tone: 'good',
        title: `Denied: a further account of ${link.operator}`,
        blocks: [text(reason)],
        footer: `link ${id}`,
      };
    }
    const request = await remediation.deny(id, actor, reason);
    return {
      tone: 'good',
      title: `Denied: ${request.remedy} on ${request.node}`,
      blocks: [text(reason)],
      footer: `request ${id}`,
    };
  },
});
