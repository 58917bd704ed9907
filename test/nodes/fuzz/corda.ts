import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createCordaKind } from '#src/nodes/corda/index.ts';
import { targetOf } from '#test/nodes/corda/looking.ts';
import { root } from '#test/real/root.ts';
import { networkMap } from '#test/stand-ins/corda/serialised.ts';

import { at, type Exchange, isWhole, jsonOf, said, type Subject } from './subject.ts';
import type { Serve } from './wire.ts';

const recorded = (name: string): Buffer => readFileSync(join(root, 'test/recorded/corda', name));
/** When the agents were recorded: an hour after the node's start. */
const NOW = new Date(1_471_020_559_000);
const NEVER = new AbortController().signal;
const CURRENT = 'a54aa61f13757c3680c45951d506fd778c1f6552d9caa7257e54d0832988ac28';
const MAP = { networkParameterHash: CURRENT.toUpperCase(), parametersUpdate: undefined };

/** By the end of the path. */
type Answers = Readonly<Record<string, Buffer>>;
const AGENTS: Answers = {
  'type=Node': recorded('jolokia-status.json'),
  StartTime: recorded('jolokia-start-time.json'),
  Count: recorded('jolokia-health.json'),
};
const OWN_FORM: Answers = { ...AGENTS, '/network-map': networkMap(MAP) };
const AS_JSON: Answers = {
  ...AGENTS,
  'network-map-user/network-map': Buffer.from(JSON.stringify(MAP)),
  '/network-map': Buffer.from('<html>Sign in</html>'),
};

let serve: Serve;
const kind = createCordaKind(() => async (url) => {
  const { status, body } = serve({ method: 'get', url, body: '' });
  return { status, headers: { 'cache-control': 'public, max-age=600' }, body };
});
const target = targetOf({
  jolokia: 'http://127.0.0.1:7005',
  healthCheck: 'http://127.0.0.1:7006',
  networkMap: 'https://map.example.org',
});

const HASH = /^[0-9a-f]{64}$/i;

/** Corda's own form begins with its name, and holds hashes as bytes: that much can be told without reading it. */
const isMap = ({ served }: Exchange): boolean => {
  const json = jsonOf(served);
  const isOwnForm = served.body.subarray(0, 5).toString() === 'corda' && served.body.length > 200;
  return served.status === 200 && (isOwnForm || HASH.test(said(at(json, 'networkParameterHash'))));
};

function mayBeUp(exchanges: readonly Exchange[]): Readonly<Record<string, boolean>> {
  const values = (end: string): readonly unknown[] =>
    exchanges
      .filter(({ asked, served }) => asked.url.endsWith(end) && served.status === 200)
      .map(({ served }) => jsonOf(served))
      .filter((answer) => at(answer, 'status') === 200)
      .map((answer) => at(answer, 'value'));
  const maps = exchanges.filter(({ asked }) => asked.url.endsWith('network-map')).filter(isMap);
  const hasMap = maps.length > 0;
  return {
    'corda-workers': values('type=Node').some((value) => at(value, 'Value') === 'STARTED'),
    'corda-notary': values('Count').some(
      (counts) =>
        typeof counts === 'object' &&
        counts !== null &&
        Object.values(counts).some((one) => isWhole(at(one, 'Count'))),
    ),
    'corda-network-map': hasMap,
    'corda-parameters': maps.some(({ served }) => (at(jsonOf(served), 'parametersUpdate') ?? null) === null),
    'corda-polls': hasMap && values('StartTime').some((value) => isWhole(value, 1)),
  };
}

const subject = (name: string, answers: Answers): Subject => ({
  name: `corda, ${name}`,
  kind,
  whole: ({ url }) => {
    const [, body] = Object.entries(answers).find(([end]) => url.endsWith(end)) ?? [];
    return { status: 200, body: body ?? recorded('jolokia-missing.json') };
  },
  look(by) {
    serve = by;
    return kind.look(target, { now: NOW }, NEVER);
  },
  up: ['corda-workers', 'corda-notary', 'corda-network-map', 'corda-parameters', 'corda-polls'],
  mayBeUp,
});

export const subjects: readonly Subject[] = [
  subject('a network map in its own form', OWN_FORM),
  subject('a network map as JSON', AS_JSON),
];
