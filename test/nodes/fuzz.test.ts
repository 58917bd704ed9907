import { cpuUsage } from 'node:process';

import { expect, test } from 'vitest';

import { type CheckResult, FINDING_STATES } from '#src/domain/finding.ts';
import { damaged, randomOf } from './fuzz/mutate.ts';
import type { Exchange, Subject } from './fuzz/subject.ts';
import { subjects as corda } from './fuzz/corda.ts';
import { subjects as iguana } from './fuzz/iguana.ts';
import { subjects as kubernetes } from './fuzz/kubernetes.ts';
import { subjects as utxo } from './fuzz/utxo.ts';

const SUBJECTS = [...utxo, ...iguana, ...corda, ...kubernetes];

/** The same seed does the same damage: `FUZZ_SEED=…` repeats a run, `FUZZ_LOOK=…` one look of it. */
const SEED = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const ONLY = process.env['FUZZ_LOOK'];
const PAYLOADS = Number(process.env['FUZZ_PAYLOADS'] ?? 100_000);
/** Of the processor's time, which is all that a look takes when it is answered at once. */
const LONGEST_MS = 2_000;
/** What comes with a damaged answer: mostly the status that it came with. */
const STATUSES = [204, 302, 401, 403, 404, 429, 500, 503];
const OWN_STATUS = 0.85;

const workedMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = cpuUsage(since);
  return (user + system) / 1_000;
};

interface Look {
  readonly subject: Subject;
  /** Which of its answers are damaged, by their number. */
  readonly isDamaged?: (number: number) => boolean;
  readonly random?: () => number;
}

async function lookAt({ subject, isDamaged = () => false, random = Math.random }: Look) {
  const exchanges: Exchange[] = [];
  let payloads = 0;
  const before = cpuUsage();
  const results = await subject.look((asked) => {
    let served = subject.whole(asked);
    if (isDamaged(exchanges.length)) {
      const body = damaged(served.body, random);
      if (!body.equals(served.body)) payloads++;
      const status =
        random() < OWN_STATUS ? served.status : (STATUSES[Math.floor(random() * STATUSES.length)] ?? 500);
      served = { status, body };
    }
    exchanges.push({ asked, served });
    return served;
  });
  return { results, exchanges, payloads, workedMs: workedMs(before) };
}

/** What must hold of the results of every look, whatever was answered: what does not, in words. */
function faultIn(
  { kind, mayBeUp }: Subject,
  results: readonly CheckResult[],
  exchanges: readonly Exchange[],
) {
  const may = mayBeUp(exchanges);
  const left = kind.checks.values();
  for (const { check, finding, shown, alertname, figure } of results) {
    const declared = left.find(({ id }) => id === check);
    if (!declared) return `${check} is out of order, or twice`;
    if (!declared.alertnames.includes(alertname))
      return `${check} raises ${alertname}, which it did not declare`;
    if (!FINDING_STATES.includes(finding.state)) return `${check} has no state`;
    if (finding.state === 'up' && !may[check]) return `${check} is up`;
    if (finding.state !== 'up' && (finding.why === '' || finding.why.length > 1_000))
      return `${check} has no reason, or too long a one`;
    if (shown === '' || shown.length > 200) return `${check} shows nothing, or too much`;
    if (figure && !Number.isFinite(figure.value)) return `${check} measured ${figure.value}`;
  }
  if (JSON.stringify(results).includes('fuzz password')) return 'a password is told';
  return undefined;
}

const toldIn = (exchanges: readonly Exchange[]): string =>
  exchanges
    .map(
      ({ asked, served }) =>
        `${asked.method} ${asked.url} ${asked.body}\n→ ${served.status} ${served.body.toString().slice(0, 2_000)}`,
    )
    .join('\n');

test.each(SUBJECTS)('$name: what is whole is up', async (subject) => {
  const { results, exchanges } = await lookAt({ subject });
  expect(faultIn(subject, results, exchanges), JSON.stringify(results)).toBeUndefined();
  const up = results.filter(({ finding }) => finding.state === 'up').map(({ check }) => check);
  expect(up).toEqual(subject.up);
});

test(
  `${PAYLOADS} damaged payloads: no look fails, none is up for what it could not read (seed ${SEED})`,
  { timeout: 300_000 },
  async () => {
    const counts = new Map<Subject, number>();
    for (const subject of SUBJECTS) counts.set(subject, (await lookAt({ subject })).exchanges.length);
    const states = new Map<string, number>();
    let [looks, payloads, longestMs] = [Number(ONLY ?? 0), 0, 0];
    const began = cpuUsage();
    for (; payloads < PAYLOADS; looks++) {
      const random = randomOf(SEED + looks);
      const subject = SUBJECTS[looks % SUBJECTS.length] as Subject;
      // One of its answers, or all but the first: without that one most have nothing further to ask.
      const one = random() < 0.3 ? Math.floor(random() * (counts.get(subject) ?? 1)) : undefined;
      const isDamaged = (number: number): boolean => (one === undefined ? number > 0 : number === one);
      const which = `look ${looks} of seed ${SEED}, ${subject.name}`;
      const done = await lookAt({ subject, isDamaged, random }).catch((error: unknown) => {
        throw new Error(`${which} failed`, { cause: error });
      });
      const fault = faultIn(subject, done.results, done.exchanges);
      if (fault)
        expect.unreachable(
          `${which}: ${fault}\n${toldIn(done.exchanges)}\n${JSON.stringify(done.results, null, 1)}`,
        );
      payloads += done.payloads;
      longestMs = Math.max(longestMs, done.workedMs);
      for (const { finding } of done.results) states.set(finding.state, (states.get(finding.state) ?? 0) + 1);
      if (ONLY !== undefined) return;
    }
    const took = `${Math.round(workedMs(began) / 1_000)} s, longest look ${Math.round(longestMs)} ms, of the processor`;
    console.log(
      `seed ${SEED}: ${payloads} damaged payloads in ${looks} looks, ${took}; findings`,
      Object.fromEntries(states),
    );
    expect(longestMs).toBeLessThan(LONGEST_MS);
    // The damage reaches everything, and leaves something whole beside it.
    for (const state of FINDING_STATES) expect(states.get(state) ?? 0, state).toBeGreaterThan(looks / 1_000);
  },
);
