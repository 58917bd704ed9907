import { defineCommand } from '#src/command/define.ts';
import { UserError } from '#src/domain/errors.ts';
import { fields, type Message } from '#src/domain/message.ts';

/** `drill ROOM`: a failover on purpose, measured. */
export const drill = defineCommand({
  name: 'drill',
  summary: 'Rehearse a failover: one labelled message to a room by its next medium, timed',
  examples: ['drill ops'],
  private: false,
  who: 'coordinator',
  parameters: [{ name: 'room', summary: 'Room of the fleet', required: true }],
  async run({ actor, cause, drills, fleet }, { room }): Promise<Message> {
    const found = fleet.room(room);
    if (!found) {
      throw new UserError(
        `There is no room ${room}. There are: ${fleet.rooms.map(({ id }) => id).join(', ')}.`,
      );
    }
    const report = await drills.run(found.id, actor, cause);
    return {
      tone: 'good',
      title: `Drill in room ${room}: arrived over ${report.over} after ${report.deliveredMs} ms`,
      blocks: [
        fields({
          'Taken as down': report.from,
          'On record after': `${report.recordedMs} ms`,
          'Rerouted after': `${report.reroutedMs} ms`,
          'Delivered after': `${report.deliveredMs} ms`,
        }),
      ],
    };
  },
});
