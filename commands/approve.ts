import { defineCommand } from '#src/command/define.ts';
import type { Message } from '#src/domain/message.ts';
import { fields, text } from '#src/domain/message.ts';

/** `approve ID`: a remedy somebody else asked for, a drafted notice, or somebody's further account. */
export const approve = defineCommand({
  name: 'approve',
  summary: 'Approve what somebody else asked for: a remedy, a drafted notice, a further account',
  examples: ['approve r1b2c3d4', 'approve n1b2c3d'],
  private: false,
  who: 'notary',
  parameters: [
    { name: 'id', summary: 'Id of the request, notice or link', required: true, suggest: 'decidable' },
    { name: 'plan', summary: 'Digest of the plan you saw: refused if it is another by now' },
  ],
  async run({ actor, remediation, broadcast, linking }, { id, plan }): Promise<Message> {
    if (await broadcast.find(id)) {
      const notice = await broadcast.confirm(id, actor);
      return {
        tone: 'good',
        title: `Sent: ${notice.subject}`,
        blocks: [text('Its roll call runs.')],
        footer: `notice ${id}`,
      };
    }
    if (await linking.find(id)) {
      const link = await linking.approve(id, actor);
      return {
        tone: 'good',
        title: `Linked: ${link.platform}:${link.handle} is ${link.operator}’s`,
        blocks: [text(`It has ${link.operator}’s rights from now on. \`link remove\` takes it back.`)],
        footer: `link ${id}`,
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
