import { defineAction, defineFamily } from '#src/command/define.ts';
import { UserError } from '#src/domain/errors.ts';
import { fields, type Message, table, text } from '#src/domain/message.ts';
import type { Node } from '#src/domain/node.ts';

const accessWords = ({ access }: Node): string => {
  if (access.kind === 'ssh') return `ssh ${access.user}@${access.host}:${access.port}`;
  return access.kind === 'kubernetes' ? `kubernetes ${access.namespace}` : access.kind;
};

const list = defineAction({
  name: 'list',
  summary: 'The registered nodes',
  who: 'observer',
  parameters: [{ name: 'seat', summary: 'Only those of one seat', suggest: 'seat' }],
  run({ fleet }, { seat }): Promise<Message> {
    const nodes = fleet.nodes.filter((node) => seat === undefined || node.seat === seat);
    const rows = nodes.map((node) => [
      node.id,
      node.seat,
      node.services.map((service) => service.id).join(' '),
    ]);
    return Promise.resolve({
      tone: 'neutral',
      title: `${nodes.length} nodes`,
      blocks: [table(['node', 'seat', 'services'], rows)],
    });
  },
});

const show = defineAction({
  name: 'show',
  summary: 'One node: its seat, how it is reached, its services',
  who: 'observer',
  parameters: [{ name: 'node', summary: 'Id of the node', required: true, suggest: 'node' }],
  run({ fleet }, { node: id }): Promise<Message> {
    const node = fleet.node(id);
    if (!node) throw new UserError(`There is no node ${id}. \`node list\` shows them.`);
    const rows = node.services.map((service) => [service.id, service.kind, service.coin ?? '–']);
    return Promise.resolve({
      tone: 'neutral',
      title: node.id,
      blocks: [
        fields({
          Seat: node.seat,
          Operators: fleet
            .operatorsOf(node.seat)
            .map((operator) => operator.id)
            .join(', '),
          Server: node.server,
          Access: accessWords(node),
        }),
        table(['service', 'kind', 'coin'], rows),
      ],
    });
  },
});

const add = defineAction({
  name: 'add',
  summary: 'Register a node, given as in the fleet file (YAML or JSON on one line)',
  who: 'coordinator',
  parameters: [
    { name: 'node', summary: '{ id: …, seat: …, access: …, services: […] }', required: true, rest: true },
  ],
  async run({ fleetFile }, { node }): Promise<Message> {
    const id = await fleetFile.addNode(node);
    return {
      tone: 'good',
      title: `Node ${id} registered`,
      blocks: [text('It stands in the fleet file and is patrolled from now on.')],
    };
  },
});

const remove = defineAction({
  name: 'remove',
  summary: 'Take a node out of the fleet',
  who: 'coordinator',
  parameters: [{ name: 'node', summary: 'Id of the node', required: true, suggest: 'node' }],
  async run({ fleetFile }, { node }): Promise<Message> {
    await fleetFile.removeNode(node);
    return {
      tone: 'good',
      title: `Node ${node} removed`,
      blocks: [text('It is no longer in the fleet file.')],
    };
  },
});

/** `node list|show|add|remove`. */
export const node = defineFamily({
  name: 'node',
  summary: 'The registered nodes: list, show, add, remove',
  examples: [
    'node list',
    'node show alright-dev-main',
    'node add { id: alright-dev-2, seat: alright_DEV, access: { kind: local }, services: [] }',
    'node remove alright-dev-2',
  ],
  private: false,
  actions: [list, show, add, remove],
});
