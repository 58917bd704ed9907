import {
  type Block,
  type Choice,
  choices,
  fields,
  type Message,
  text,
  type Tone,
} from '#src/domain/message.ts';
import type { Request, RequestState } from '#src/domain/remedy.ts';
import { inMinutes } from '#src/domain/time.ts';

import { approvalsNeeded } from './decide.ts';

const STATES: Readonly<Record<RequestState, { readonly words: string; readonly tone: Tone }>> = {
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
      text(stepsWords(request)),
      ...bound(request),
      ...journal(request),
      ...offered(request),
    ],
    footer: `request ${request.id} · plan ${request.digest.slice(0, SHOWN_DIGEST)}`,
  };
}

function outcome({ state, result, reason, progress }: Request): readonly Block[] {
  if (state === 'running') return progress ? [text(`Now: ${progress}`)] : [];
  const words = state === 'succeeded' ? result : reason;
  return words ? [text(words)] : [];
}

function decided(request: Request): Readonly<Record<string, string | undefined>> {
  const { state, risk, approvedBy, deniedBy, expiresAt } = request;
  const needed = approvalsNeeded(risk);
  const by = approvedBy.join(', ');
  return {
    'Approved by': needed > 1 ? `${by || 'nobody yet'} (${approvedBy.length} of ${needed})` : by,
    'Denied by': deniedBy,
    'Decide before': state === 'requested' ? inMinutes(expiresAt) : undefined,
    Ended: request.endedAt && inMinutes(request.endedAt),
  };
}

const stepsWords = ({ plan }: Request): string =>
  ['What will be done:', ...plan.steps.map((step, index) => `${index + 1}. ${step}`)].join('\n');

function bound({ plan, state }: Request): readonly Block[] {
  const open = state === 'requested' || state === 'approved';
  return open ? [fields({ ...plan.seen, ...plan.bound })] : [];
}

function journal({ steps, state }: Request): readonly Block[] {
  if (steps.length === 0) return [];
  const unfinished = state === 'running' ? '… under way' : '✗ not finished';
  return [text(steps.map(({ name, doneAt }) => `${doneAt ? '✓' : unfinished} ${name}`).join('\n'))];
}

function offered({ id, digest, state }: Request): readonly Block[] {
  if (state !== 'requested') return [];
  const approve: Choice = {
    label: 'Approve',
    emoji: '✅',
    words: ['approve', id, digest.slice(0, SHOWN_DIGEST)],
    style: 'primary',
  };
  const deny: Choice = { label: 'Deny', emoji: '❌', words: ['deny', id], style: 'danger' };
  return [choices(approve, deny)];
}

const namedValues = (record: Readonly<Record<string, string>>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
