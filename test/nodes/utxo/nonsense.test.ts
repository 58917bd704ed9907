import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { CheckResult } from '#src/domain/finding.ts';
import { FINDING_STATES } from '#src/domain/finding.ts';
import { type Answer, Refusal } from '#test/stand-ins/daemon/daemon.ts';
import { fineDaemon, look } from './looking.ts';

/** Which checks need which method's answer. */
const NEEDED_BY = {
  getblockchaininfo: ['daemon-answers', 'in-sync', 'peers', 'tip-age'],
  getnetworkinfo: ['daemon-answers', 'in-sync', 'peers', 'tip-age'],
  getblockheader: ['daemon-answers', 'tip-age'],
  getbalance: ['balance'],
  listunspent: ['notary-utxos', 'listunspent-time'],
  listlockunspent: ['notary-utxos'],
} as const;
const METHODS = Object.keys(NEEDED_BY) as (keyof typeof NEEDED_BY)[];

const isWhole = ({ finding, shown, alertname }: CheckResult): boolean =>
  FINDING_STATES.includes(finding.state) &&
  shown.length < 400 &&
  alertname !== '' &&
  (finding.state === 'up' || finding.why.length > 0);

/** Values that are none of the shapes any method answers. */
const nonsense = fc.oneof(
  fc.constantFrom<unknown>(null, '', [], {}, [[]], [null], -1, 1e300, 'NaN', true, { result: 1 }),
  fc.string(),
  fc.array(fc.oneof(fc.string(), fc.boolean(), fc.constant(null)), { minLength: 1 }),
  fc.dictionary(fc.string({ minLength: 20 }), fc.jsonValue()),
);

describe('whatever a daemon answers', () => {
  test('nonsense in place of an answer is never up, and spoils no more than what needs it', async () => {
    const daemon = await fineDaemon();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...METHODS), nonsense, async (method, value) => {
        // An empty list of outputs is an answer.
        fc.pre(!(Array.isArray(value) && value.length === 0 && method.startsWith('list')));
        const before = daemon.answering(method);
        daemon.on(method, () => value);
        try {
          const { results } = await look(daemon);
          expect(results.every(isWhole)).toBe(true);
          const up = results.filter(({ finding }) => finding.state === 'up').map(({ check }) => check);
          expect(up.filter((check) => (NEEDED_BY[method] as readonly string[]).includes(check))).toEqual([]);
          if (method === 'getbalance') expect(up).toContain('notary-utxos');
        } finally {
          daemon.on(method, before);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('a key of an answer that is missing or of another kind never gives up, never throws', async () => {
    const daemon = await fineDaemon();
    const keys = [
      ['getblockchaininfo', 'blocks', 'in-sync'],
      ['getblockchaininfo', 'headers', 'in-sync'],
      ['getblockchaininfo', 'bestblockhash', 'tip-age'],
      ['getnetworkinfo', 'connections', 'peers'],
      ['getblockheader', 'time', 'tip-age'],
    ] as const;
    const wrong = fc.oneof(
      fc.string(),
      fc.boolean(),
      fc.constantFrom<unknown>(undefined, null, -5, 0.5, 1e20, [], {}, '12'),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), wrong, async ([method, key, check], value) => {
        const before = daemon.answering(method);
        daemon.on(method, (params) => ({ ...(before(params) as object), [key]: value }));
        try {
          const seen = await look(daemon);
          expect(seen.results.every(isWhole)).toBe(true);
          expect(seen.state(check)).toBe('unknown');
        } finally {
          daemon.on(method, before);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('an error of any code in place of an answer is a finding too', async () => {
    const daemon = await fineDaemon();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...METHODS),
        fc.integer({ min: -40_000, max: 40_000 }),
        fc.string(),
        async (method, code, message) => {
          const before = daemon.answering(method);
          const refusing: Answer = () => {
            throw new Refusal(code, message);
          };
          daemon.on(method, refusing);
          try {
            const seen = await look(daemon);
            expect(seen.results.every(isWhole)).toBe(true);
            for (const check of NEEDED_BY[method]) expect(seen.state(check)).not.toBe('up');
          } finally {
            daemon.on(method, before);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
