import { defineCommand } from '#src/command/define.ts';
import { type Message, text } from '#src/domain/message.ts';

const NO_REASON = 'no reason given';

/** `deny ID reason…`: a requested remedy, or a drafted notice. */
export const deny = defineCommand({
  name: 'deny',
  summary: 'Refuse a requested remedy, or drop a drafted notice',
  examples: ['deny r1b2c3d4 not during the rescan', 'deny n1b2c3d wrong height'],
  private: false,
  who: 'notary',
  parameters: [
    { name: 'id', summary: 'Id of the request or notice', required: true, suggest: 'decidable' },
    { name: 'reason', summary: 'Why, for the record', rest: true },
  ],
  async run({ actor, remediation, broadcast }, { id, reason = NO_REASON }): Promise<Message> {
    if (await broadcast.find(id)) {
      const notice = await broadcast.close(id, actor, reason);
      return {
        tone: 'good',
        title: `Notice ${notice.state}`,
        blocks: [text(reason)],
        footer: `notice ${id}`,
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
