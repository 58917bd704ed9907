import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { OutsideError } from '#src/domain/errors.ts';
import { createIguanaKind } from '#src/nodes/iguana/index.ts';
import { health } from '#test/health/seen.ts';
import { NOW, PROCESS, roundOf, runningSince, seeing, targetOf } from '#test/nodes/iguana/looking.ts';
import { root } from '#test/real/root.ts';

import { at, type Exchange, jsonOf, said, type Subject } from './subject.ts';
import { type Asked, type Serve, textOf } from './wire.ts';

const recorded = (name: string): Buffer => readFileSync(join(root, 'test/recorded/iguana', `${name}.json`));

/** What was recorded; a round of ten notaries in the form of the row that was. */
const ANSWERS: Readonly<Record<string, Buffer>> = {
  'SuperNET/help': recorded('help'),
  'bitcoinrpc/nosuchcall': recorded('unsupported'),
  'dpow/active': Buffer.from(JSON.stringify(roundOf(8))),
};
const callOf = ({ body }: Asked): string => {
  const { agent, method } = JSON.parse(body) as { agent: string; method: string };
  return `${agent}/${method}`;
};

let serve: Serve;
const kind = createIguanaKind(() => async (body) => {
  const { status, body: answer } = serve({ method: 'post', url: '/', body });
  // As its HTTP client does.
  if (status !== 200) throw new OutsideError('iguana', 'unreadable', `answers HTTP ${status}`);
  return textOf(answer);
});
const target = targetOf('http://127.0.0.1:7776', { settings: { rounds: 'always' } });
const reach = { executor: seeing(PROCESS), now: NOW, earlier: health(runningSince(60)) };
const NEVER = new AbortController().signal;

const MASK = /^ {0,40}[0-9a-f]{1,16}$/i;
const maskOf = (words: unknown): bigint =>
  typeof words === 'string' && MASK.test(words) ? BigInt(`0x${words.trim()}`) : 0n;

/** Three notaries at least that hear somebody, and one of them this one. */
function isHeard(rounds: unknown): boolean {
  if (!Array.isArray(rounds)) return false;
  const own = rounds.findIndex((row) => said(at(row, 'notary')).toLowerCase() === 'red_eu');
  const others = rounds.filter((row, id) => id !== own && maskOf(at(row, 'recvmask')) !== 0n);
  const bit = 1n << BigInt(Math.max(0, own));
  const hear = others.filter(
    (row) => ((maskOf(at(row, 'recvmask')) | maskOf(at(row, 'bestmask'))) & bit) !== 0n,
  );
  return own >= 0 && others.length >= Math.min(3, rounds.length - 1) && hear.length > 0;
}

function mayBeUp(exchanges: readonly Exchange[]): Readonly<Record<string, boolean>> {
  const told = (call: string): readonly unknown[] =>
    exchanges
      .filter(({ asked, served }) => callOf(asked) === call && served.status === 200)
      .map(({ served }) => jsonOf(served));
  return {
    'iguana-answers': told('SuperNET/help').some((help) => Array.isArray(at(help, 'result', 'agents'))),
    'iguana-coins': told('bitcoinrpc/nosuchcall').some((refusal) =>
      said(at(refusal, 'error')).includes('unsupported call'),
    ),
    'iguana-connectivity': told('dpow/active').some(isHeard),
  };
}

export const subjects: readonly Subject[] = [
  {
    name: 'iguana',
    kind,
    whole: (asked) => ({ status: 200, body: ANSWERS[callOf(asked)] ?? recorded('unsupported') }),
    look(by) {
      serve = by;
      return kind.look(target, reach, NEVER);
    },
    up: ['iguana-answers', 'iguana-coins', 'iguana-connectivity'],
    mayBeUp,
  },
];
