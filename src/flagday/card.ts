import type { FlagDayNow, Survey, Surveyed } from '#src/domain/flagday.ts';
import { type Block, fields, type Message, table, text } from '#src/domain/message.ts';
import type { Request, StepRecord } from '#src/domain/remedy.ts';
import { inMinutes } from '#src/domain/time.ts';

/** What a flag day would be, for people. */
export function surveyCard(survey: Survey): Message {
  const { node, service, update, come, network, quorum, supervised, workers, obstacles } = survey;
  return {
    tone: obstacles.length > 0 ? 'neutral' : 'warning',
    title: update
      ? `Flag day of ${service} on ${node}: ${come ? 'it has come' : 'announced'}`
      : `No flag day of ${service} on ${node}`,
    blocks: [
      fields({
        'In force': network.current,
        'New parameters': update?.hash,
        Description: update?.description || undefined,
        'Told by': update?.from,
        Deadline: update?.deadline && `${inMinutes(update.deadline)}: the flag day cannot come before`,
        Accepted: update && acceptedWords(workers),
        Quorum: `${quorum} of ${workers.length}`,
        Supervised: supervised
          ? 'yes: each ends at its next poll and is started again; Tocsin restarts none and watches'
          : undefined,
        'Polls coincide': survey.coincide,
      }),
      ...differenceBlocks(survey),
      table(
        ['', 'worker', 'state', 'accepted', 'polled'],
        workers.map(({ id, now, runsIt, accepted, polled }, index) => [
          String(index + 1),
          id,
          now.state,
          runsIt ? 'runs it' : known(accepted),
          'known' in polled ? polled.known.at.slice(11, 19) : '?',
        ]),
      ),
      text(['Why in this order:', ...workers.map(({ id, because }) => `${id}: ${because}`)].join('\n')),
      ...(workers.length === 1
        ? [
            text(
              'A notary alone cannot be restarted without a time in which nothing is notarised: it is restarted at once.',
            ),
          ]
        : []),
      text(
        obstacles.length > 0
          ? `Not to be started: ${obstacles.join('; ')}.`
          : 'It can be started: `flagday start`; somebody else approves.',
      ),
    ],
  };
}

function differenceBlocks({ update, difference }: Survey): readonly Block[] {
  if (!update) return [];
  if ('why' in difference) return [text(`What changes is not known: ${difference.why}.`)];
  const { changes, hotLoadable } = difference.known;
  const what = ['What changes:', ...(changes.length > 0 ? changes : ['nothing'])].join('\n');
  return [
    text(what),
    text(
      hotLoadable
        ? 'No restart is needed: only the list of notaries changes, and nodes that accepted it take it while they run. Who has not accepted ends all the same.'
        : 'A restart is needed: more than the list of notaries changes, so every node ends at its first poll after the flag day.',
    ),
  ];
}

const known = (value: boolean | undefined): string =>
  value === undefined ? 'not known' : value ? 'yes' : 'no';

function acceptedWords(workers: readonly Surveyed[]): string {
  const of = (wanted: boolean | undefined): string =>
    workers
      .filter(({ accepted }) => accepted === wanted)
      .map(({ id, unknown }) => (unknown === undefined ? id : `${id} (${unknown})`))
      .join(', ');
  return [
    ['by', of(true)],
    ['not by', of(false)],
    ['not known of', of(undefined)],
  ]
    .filter(([, ids]) => ids !== '')
    .map((words) => words.join(' '))
    .join('; ');
}

/** Where a worker of a flag day stands. */
interface Progress {
  readonly id: string;
  readonly state: string;
  /** For what a person is waited for. */
  readonly doubt?: string;
}

/** Where each worker of a flag day stands, as its steps tell. */
export function progressOf({ steps }: Pick<Request, 'steps'>): readonly Progress[] {
  const order = resultOf(steps, 'put the workers in order');
  const ids = Array.isArray(order)
    ? order.map((place: unknown) => (place as { readonly id: string }).id)
    : [];
  const states = [
    ['see $ serve', 'serves', 'waits to serve'],
    ['restart $', 'restarted', 'restarting'],
    ['look at $', 'its turn', 'its turn'],
  ] as const;
  return ids.map((id) => {
    for (const [pattern, done, begun] of states) {
      const name = pattern.replace('$', id);
      const step = steps.findLast((one) => one.name === name || one.name.startsWith(`${name}, try `));
      if (!step) continue;
      const doubt = (step.result as { readonly doubt?: string } | null | undefined)?.doubt;
      return {
        id,
        state: step.doneAt ? done : begun,
        ...(doubt !== undefined && { state: 'in doubt', doubt }),
      };
    }
    return { id, state: 'waits for its turn' };
  });
}

const resultOf = (steps: readonly StepRecord[], name: string): unknown =>
  steps.find((step) => step.name === name)?.result;

/** How a flag day stands, for people. */
export function dayCard({ request, paused }: FlagDayNow): Message {
  const workers = progressOf(request);
  return {
    tone:
      paused?.by === 'tocsin' || request.state === 'failed'
        ? 'critical'
        : request.state === 'succeeded'
          ? 'good'
          : 'neutral',
    title: `Flag day of ${request.service} on ${request.node}: ${paused ? 'paused' : request.state}`,
    blocks: [
      fields({
        Parameters: request.plan.bound['parameters'],
        Quorum: request.plan.bound['quorum'],
        'Asked by': request.requestedBy,
        'Approved by': request.approvedBy.join(', ') || undefined,
        Now: request.progress,
        Paused:
          paused && `by ${paused.by} since ${inMinutes(paused.at)}${paused.why ? `: ${paused.why}` : ''}`,
        Result: request.result ?? request.reason,
      }),
      ...(workers.length > 0
        ? [
            table(
              ['', 'worker', 'state'],
              workers.map(({ id, state }, index) => [String(index + 1), id, state]),
            ),
          ]
        : []),
    ],
    footer: `request ${request.id}`,
  };
}

/** For scripts: keys stay, unknown is null. */
export const surveyJson = (survey: Survey): string =>
  JSON.stringify(
    {
      node: survey.node,
      service: survey.service,
      inForce: survey.network.current,
      pollSeconds: survey.network.pollSeconds ?? null,
      update: survey.update ?? null,
      come: survey.come,
      hotLoadable: 'known' in survey.difference ? survey.difference.known.hotLoadable : null,
      changes: 'known' in survey.difference ? survey.difference.known.changes : null,
      quorum: survey.quorum,
      supervised: survey.supervised,
      workers: survey.workers.map(({ id, now, accepted, runsIt, polled, because }) => ({
        id,
        state: now.state,
        startedAt: now.startedAt ?? null,
        accepted: accepted ?? null,
        runsIt: runsIt ?? null,
        polledAt: 'known' in polled ? polled.known.at : null,
        because,
      })),
      coincide: survey.coincide ?? null,
      obstacles: survey.obstacles,
    },
    null,
    1,
  );

/** For scripts. */
export const dayJson = ({ request, paused }: FlagDayNow): string =>
  JSON.stringify(
    {
      request: request.id,
      node: request.node,
      service: request.service,
      parameters: request.plan.bound['parameters'] ?? null,
      state: request.state,
      paused: paused ?? null,
      progress: request.progress ?? null,
      result: request.result ?? request.reason ?? null,
      workers: progressOf(request),
    },
    null,
    1,
  );
