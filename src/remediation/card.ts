import { approvalsNeeded } from '#src/domain/approval.ts';
import {
  type Block,
  choices,
  decision,
  fields,
  type Message,
  type StateWords,
  text,
} from '#src/domain/message.ts';
import type { LogLine, Plan, Planned, Request, RequestState } from '#src/domain/remedy.ts';
import { inMinutes } from '#src/domain/time.ts';

import { logText } from './run-log.ts';

const STATES: StateWords<RequestState> = {
  requested: { words: 'waits for approval', tone: 'warning' },
  approved: { words: 'approved, about to begin', tone: 'neutral' },
  denied: { words: 'denied', tone: 'neutral' },
  expired: { words: 'expired', tone: 'neutral' },
  running: { words: 'running', tone: 'neutral' },
  succeeded: { words: 'done and verified', tone: 'good' },
  failed: { words: 'failed', tone: 'critical' },
  cancelled: { words: 'cancelled', tone: 'warning' },
};

/** Digits of the digest that a choice carries. */
const SHOWN_DIGEST = 16;

/** The message of a request, as it stands now. */
export function card(request: Request): Message {
  const { words, tone } = STATES[request.state];
  return {
    tone,
    title: `${request.remedy} of ${request.service} on ${request.node}: ${words}`,
    blocks: [
      ...outcome(request),
      fields({
        Node: request.node,
        Service: request.service,
        Arguments: namedValues(request.arguments) || 'none',
        Risk: request.risk,
        'Asked by': request.requestedBy,
        ...decided(request),
      }),
      text(stepsWords(request.plan, 'What will be done:')),
      ...bound(request),
      ...journal(request),
      ...offered(request),
    ],
    footer: `request ${request.id} · plan ${request.digest.slice(0, SHOWN_DIGEST)}`,
  };
}

/** What a remedy would do, for whoever only wants to know. */
export const planCard = ({ remedy, target: { node, service }, args, plan }: Planned): Message => ({
  tone: 'neutral',
  title: `${remedy.id} of ${service.id} on ${node.id}: what it would do`,
  blocks: [
    fields({
      Node: node.id,
      Service: service.id,
      Arguments: namedValues(args) || 'none',
      Risk: remedy.risk,
    }),
    text(stepsWords(plan, 'It would:')),
    fields({ ...plan.seen, ...plan.bound }),
    text('Nothing was asked for, and nothing was done.'),
  ],
});

/** What has become of a request that somebody cancels. */
export function cancelCard({ id, remedy, node, state, reason }: Request): Message {
  const runs = state === 'running';
  const words = runs
    ? 'The step that is under way is finished first; the message of the request says how it ended.'
    : reason;
  return {
    tone: 'good',
    title: runs ? `Stops before its next step: ${remedy} on ${node}` : `Cancelled: ${remedy} on ${node}`,
    blocks: words ? [text(words)] : [],
    footer: `request ${id}`,
  };
}

/** All that a run said, with its times; a platform that cannot show it whole gives it as a file. */
export const logCard = (request: Request, lines: readonly LogLine[]): Message => ({
  tone: 'neutral',
  title: `Log of ${request.remedy} of ${request.service} on ${request.node}: ${STATES[request.state].words}`,
  blocks: [
    lines.length === 0
      ? text('It has said nothing yet, or more than three months ago.')
      : code(logText(lines)),
  ],
  footer: `request ${request.id} · times are UTC`,
});

const code = (words: string): Block => ({ kind: 'code', code: words });

function outcome({ state, result, reason, progress, waiting, cancelling }: Request): readonly Block[] {
  if (state === 'running') {
    const wish =
      cancelling && `${cancelling.by} wants it cancelled (${cancelling.reason}): no other step is begun.`;
    return [...(progress ? [text(`Now: ${progress}`)] : []), ...(wish ? [text(wish)] : [])];
  }
  if (state === 'approved' && waiting) return [text(`Waits for its turn: ${waiting}`)];
  const words = state === 'succeeded' ? result : reason;
  return words ? [text(words)] : [];
}

function decided(request: Request): Readonly<Record<string, string | undefined>> {
  const { state, risk, approvedBy, deniedBy, expiresAt, emergency, aloneFrom, requestedBy } = request;
  const needed = approvalsNeeded(risk);
  const by = approvedBy.join(', ');
  return {
    'Approved by': needed > 1 ? `${by || 'nobody yet'} (${approvedBy.length} of ${needed})` : by,
    Emergency: emergency ? `${requestedBy} approved alone what ${requestedBy} asked for` : undefined,
    Otherwise:
      state === 'requested' && aloneFrom
        ? `from ${inMinutes(aloneFrom)} on ${requestedBy} may approve it alone, by the emergency rule`
        : undefined,
    'Denied by': deniedBy,
    'Decide before': state === 'requested' ? inMinutes(expiresAt) : undefined,
    Ended: request.endedAt && inMinutes(request.endedAt),
  };
}

const stepsWords = ({ steps }: Plan, head: string): string =>
  [head, ...steps.map((step, index) => `${index + 1}. ${step}`)].join('\n');

function bound({ plan, state }: Request): readonly Block[] {
  const open = state === 'requested' || state === 'approved';
  return open ? [fields({ ...plan.seen, ...plan.bound })] : [];
}

function journal({ steps, state }: Request): readonly Block[] {
  if (steps.length === 0) return [];
  const unfinished = state === 'running' ? '… under way' : '✗ not finished';
  return [text(steps.map(({ name, doneAt }) => `${doneAt ? '✓' : unfinished} ${name}`).join('\n'))];
}

function offered({ id, digest, state, run, cancelling }: Request): readonly Block[] {
  if (state === 'approved' || (state === 'running' && !cancelling)) {
    return [choices({ label: 'Cancel', emoji: '🛑', words: ['cancel', id], style: 'danger' })];
  }
  if (run !== undefined && state !== 'running') {
    return [choices({ label: 'Log', emoji: '📄', words: ['remedy', 'log', id] })];
  }
  if (state !== 'requested') return [];
  return [decision(id, digest.slice(0, SHOWN_DIGEST))];
}

const namedValues = (record: Readonly<Record<string, string>>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
