import { defineCommand } from '#src/command/define.ts';
import type { Message } from '#src/domain/message.ts';
import { fields, text } from '#src/domain/message.ts';

/** `approve ID`: a remedy somebody else asked for, or a drafted notice. */
export const approve = defineCommand({
  name: 'approve',
  summary: 'Approve what somebody else asked for: a remedy, or a drafted notice',
  examples: ['approve r1b2c3d4', 'approve n1b2c3d'],
  private: false,
  who: 'notary',
  parameters: [
    { name: 'id', summary: 'Id of the request or notice', required: true, suggest: 'decidable' },
    { name: 'plan', summary: 'Digest of the plan you saw: refused if it is another by now' },
  ],
  async run({ actor, remediation, broadcast }, { id, plan }): Promise<Message> {
    if (await broadcast.find(id)) {
      const notice = await broadcast.confirm(id, actor);
      return {
        tone: 'good',
        title: `Sent: ${notice.subject}`,
        blocks: [text('Its roll call runs.')],
        footer: `notice ${id}`,
      };
    }
    const request = await remediation.approve(id, actor, plan);
    return {
      tone: 'good',
      title: request.state === 'requested' ? 'Approved; another approval is needed' : 'Approved',
      blocks: [
        fields({
          Remedy: request.remedy,
          Node: request.node,
          Service: request.service,
          State: request.state,
        }),
      ],
      footer: `request ${id}`,
    };
  },
});
