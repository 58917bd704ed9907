import type { Executors } from '#src/domain/executor.ts';
import type { FlagDays, Pause } from '#src/domain/flagday.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import { choices, type Message, text } from '#src/domain/message.ts';
import type { AnnouncedParameters } from '#src/domain/notary-cluster.ts';
import type { Broadcast } from '#src/domain/notice.ts';
import type { Carrying, Remediation, Remedy } from '#src/domain/remedy.ts';
import type { RoomId } from '#src/domain/room.ts';
import { createFlagDays } from '#src/flagday/desk.ts';
import { createFlagDay } from '#src/flagday/remedy.ts';
import { notaryClusters } from '#src/nodes/corda/cluster.ts';

import type { Base } from './base.ts';

interface FlagDayNeeds {
  readonly fleets: Fleets;
  readonly executors: Executors;
  readonly broadcast: Pick<Broadcast, 'list'>;
  readonly tell: (key: readonly string[], message: Message, room?: RoomId) => Promise<void>;
}

const PATIENCE_MS = 1_000;

/** The remedy of flag days, and their desk once there is a remediation that carries them out. */
export function openFlagDays(
  { now, stores }: Pick<Base, 'now' | 'stores'>,
  { fleets, executors, broadcast, tell }: FlagDayNeeds,
): { readonly remedy: Remedy; desk(remediation: Remediation): FlagDays } {
  const clusters = notaryClusters(executors);
  const { audit, flagDays: records, requests } = stores;

  async function call({ request, target: { node, service } }: Carrying, pause: Pause): Promise<void> {
    const of = [node.id, `service=${service.id}`];
    const message: Message = {
      tone: 'critical',
      title: `The flag day of ${service.id} on ${node.id} waits for a person`,
      blocks: [
        text(`${pause.why}. Nothing more is restarted until somebody says so.`),
        choices(
          { label: 'Resume', emoji: '▶️', words: ['flagday', 'resume', ...of], style: 'primary' },
          { label: 'Abort', emoji: '⏹️', words: ['flagday', 'abort', ...of], style: 'danger' },
        ),
      ],
      footer: `request ${request}`,
    };
    await tell(['flagday', request, pause.at], message, (await requests.get(request))?.room);
  }

  const announced = async (): Promise<readonly AnnouncedParameters[]> =>
    (await broadcast.list()).flatMap(({ id, state, parameters, subject, deadline }) =>
      state === 'sent' && parameters !== undefined
        ? [
            {
              hash: parameters.toLowerCase(),
              description: subject,
              deadline: deadline?.time,
              from: `notice ${id}`,
            },
          ]
        : [],
    );

  return {
    remedy: createFlagDay({ clusters, records, requests, now, everyMs: PATIENCE_MS, call }),
    desk: (remediation) => createFlagDays({ fleets, clusters, remediation, records, audit, announced, now }),
  };
}
