import { expect, test } from 'vitest';

import type { Message } from '#src/domain/message.ts';
import type { Request } from '#src/domain/remedy.ts';
import { card } from '#src/remediation/card.ts';

const request = {
  id: 'r1',
  remedy: 'split',
  risk: 'low',
  node: 'alpha-main',
  service: 'LTC',
  arguments: { target: '20' },
  plan: { steps: ['Count', 'Make'], bound: { size: '10000 satoshis' }, seen: { 'Right-sized now': '3' } },
  digest: '0123456789abcdef0123',
  state: 'requested',
  requestedBy: 'alice',
  requestedAt: '2026-03-01T12:00:00.000Z',
  expiresAt: '2026-03-01T12:30:00.000Z',
  approvedBy: [],
  steps: [],
  room: 'notaries',
  revision: 1,
} as unknown as Request;

const block = (message: Message, kind: Message['blocks'][number]['kind']) =>
  message.blocks.filter((block) => block.kind === kind);

test('shows what will be done, with what, by whom, until when, and the two ways to decide', () => {
  const message = card(request);
  expect(message).toMatchObject({ title: 'split of LTC on alpha-main: waits for approval', tone: 'warning' });
  expect(block(message, 'fields')[0]).toEqual({
    kind: 'fields',
    fields: [
      { name: 'Node', value: 'alpha-main' },
      { name: 'Service', value: 'LTC' },
      { name: 'Arguments', value: 'target=20' },
      { name: 'Risk', value: 'low' },
      { name: 'Asked by', value: 'alice' },
      { name: 'Decide before', value: '2026-03-01 12:30 UTC' },
    ],
  });
  expect(block(message, 'text')).toMatchObject([{ text: 'What will be done:\n1. Count\n2. Make' }]);
  expect(block(message, 'fields')[1]).toMatchObject({
    fields: [
      { name: 'Right-sized now', value: '3' },
      { name: 'size', value: '10000 satoshis' },
    ],
  });
  expect(block(message, 'choices')).toMatchObject([
    { choices: [{ words: ['approve', 'r1', '0123456789abcdef'] }, { words: ['deny', 'r1'] }] },
  ]);
});

test('counts the approvals of high risk', () => {
  const message = card({ ...request, risk: 'high', approvedBy: ['anna' as Request['requestedBy']] });
  expect(JSON.stringify(message)).toContain('anna (1 of 2)');
});

test('offers nothing once it is decided', () => {
  for (const state of ['denied', 'expired', 'succeeded', 'failed', 'cancelled'] as const) {
    expect(block(card({ ...request, state }), 'choices'), state).toEqual([]);
  }
});

test('offers to cancel what is approved or runs, once; and the log of what ran', () => {
  const words = (more: Partial<Request>) =>
    block(card({ ...request, ...more }), 'choices').flatMap((one) =>
      one.kind === 'choices' ? one.choices.map((choice) => choice.words.join(' ')) : [],
    );
  expect(words({ state: 'approved' })).toEqual(['cancel r1']);
  expect(words({ state: 'running', run: 1 })).toEqual(['cancel r1']);
  const cancelling = { by: 'anna' as Request['requestedBy'], at: 'x', reason: 'not now' };
  expect(words({ state: 'running', run: 1, cancelling })).toEqual([]);
  expect(JSON.stringify(card({ ...request, state: 'running', cancelling }))).toContain(
    'anna wants it cancelled (not now): no other step is begun.',
  );
  for (const state of ['succeeded', 'failed', 'cancelled'] as const) {
    expect(words({ state, run: 1 }), state).toEqual(['remedy log r1']);
  }
});

test('says who may approve alone from when on, and who did', () => {
  const aloneFrom = '2026-03-01T12:15:00.000Z';
  expect(JSON.stringify(card({ ...request, aloneFrom }))).toContain(
    'from 2026-03-01 12:15 UTC on alice may approve it alone, by the emergency rule',
  );
  const approved = {
    ...request,
    state: 'approved',
    emergency: true,
    approvedBy: [request.requestedBy],
  } as const;
  expect(JSON.stringify(card(approved))).toContain('alice approved alone what alice asked for');
});

test('tells where a run is', () => {
  const steps = [
    { name: 'sign', startedAt: 'x', doneAt: 'y', result: { hex: '0badc0de' } },
    { name: 'send', startedAt: 'z' },
  ];
  const message = card({ ...request, state: 'running', progress: 'sending', steps });
  expect(block(message, 'text').map((one) => one.kind === 'text' && one.text)).toEqual([
    'Now: sending',
    'What will be done:\n1. Count\n2. Make',
    '✓ sign\n… under way send',
  ]);
  expect(JSON.stringify(message)).not.toContain('0badc0de');
});

test('reports a success and a failure in words', () => {
  expect(card({ ...request, state: 'succeeded', result: 'There are 20.' })).toMatchObject({
    tone: 'good',
    blocks: [{ kind: 'text', text: 'There are 20.' }, {}, {}],
  });
  const steps = [{ name: 'sign', startedAt: 'x' }];
  const failed = card({ ...request, state: 'failed', reason: 'Nothing was sent.', steps });
  expect(failed).toMatchObject({
    tone: 'critical',
    blocks: [{ text: 'Nothing was sent.' }, {}, {}, { text: '✗ not finished sign' }],
  });
});
