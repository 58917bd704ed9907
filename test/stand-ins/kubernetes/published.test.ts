import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { ending, pod, recording, statefulset } from '#test/nodes/kubernetes/looking.ts';
import { root } from '#test/real/root.ts';

import { startCluster, TOKEN } from './cluster.ts';
import { strangeIn, strangeObject } from './published.ts';
import { forbidden, noSuchPath, tooMany } from './refusals.ts';

const KMD = '/apis/apps/v1/namespaces/komodo/statefulsets/kmd';
const GET = { method: 'GET', url: KMD, body: '', accept: 'application/json' };
const PATCH = {
  method: 'PATCH',
  url: `${KMD}?fieldManager=tocsin&dryRun=All`,
  contentType: 'application/json-patch+json',
  accept: 'application/json',
  body: JSON.stringify([{ op: 'add', path: '/metadata/labels', value: {} }]),
};
const json = (body: object, status = 200) => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});
const fine = json(statefulset());

describe('a request', () => {
  test.each([GET, PATCH])('$method as it is published is fine', (sent) => {
    expect(strangeIn(sent, fine)).toEqual([]);
  });

  test.each([
    ['another method', { ...GET, method: 'PUT' }, 'there is no such operation'],
    [
      'a path that is not served',
      { ...GET, url: '/apis/apps/v2/namespaces/a/statefulsets/b' },
      'no such operation',
    ],
    ['a parameter that it does not know', { ...GET, url: `${KMD}?dryRun=All` }, 'query dryRun is not known'],
    ['one of another type', logOf('tailLines=all'), 'query tailLines is no integer: "all"'],
    ['a word for a boolean', logOf('previous=1'), 'query previous is no boolean: "1"'],
    ['one that comes twice', logOf('container=a&container=b'), 'query container comes 2 times'],
    ['a body where none is taken', { ...GET, body: '{}' }, 'it takes no body'],
    [
      'a patch of another type',
      { ...PATCH, contentType: 'application/json' },
      'it does not take application/json',
    ],
    ['a patch without a type', { ...PATCH, contentType: undefined }, 'it does not take undefined'],
    ['a patch that is no list', { ...PATCH, body: '{}' }, 'body is no array'],
    [
      'an operation without a path',
      { ...PATCH, body: '[{"op":"add","value":1}]' },
      'body[0].path is missing',
    ],
    [
      'an operation with more',
      { ...PATCH, body: '[{"op":"add","path":"/a","x":1}]' },
      'body[0].x is not known',
    ],
    ['an answer asked for as nobody gives it', { ...GET, accept: 'text/html' }, 'it does not give text/html'],
  ])('%s is found', (_what, sent, words) => {
    expect(strangeIn(sent, undefined)).toEqual([expect.stringContaining(words)]);
  });
});

function logOf(query: string) {
  return { ...GET, url: `/api/v1/namespaces/komodo/pods/kmd-0/log?${query}`, accept: '*/*' };
}

describe('an answer', () => {
  const asked = {
    kind: 'StatefulSet',
    group: 'apps',
    resource: 'statefulsets',
    namespace: 'komodo',
    name: 'kmd',
  };
  const answered = ({ status, headers, body }: ReturnType<typeof tooMany>) => ({
    status,
    body,
    contentType: headers?.['content-type'],
  });

  test.each([forbidden('we', 'get', asked), noSuchPath(), tooMany()])('$status is fine', (refusal) => {
    expect(strangeIn(GET, answered(refusal))).toEqual([]);
  });

  test.each([
    ['a key that is not known', statefulset({ spec: { replicsa: 1 } }), '.spec.replicsa is not known'],
    [
      'what is required and missing',
      statefulset({ spec: { serviceName: undefined } }),
      'serviceName is missing',
    ],
    ['a count in words', statefulset({ status: { readyReplicas: '1' } }), 'readyReplicas is no integer: "1"'],
    [
      'a time that is none',
      statefulset({ metadata: { deletionTimestamp: 'now' } }),
      'is no date-time: "now"',
    ],
    ['an object for a list', statefulset({ status: { conditions: {} } }), 'conditions is no array'],
    [
      'a label that is no string',
      statefulset({ metadata: { labels: { app: 1 } } }),
      'labels.app is no string: 1',
    ],
    ['another kind', { ...statefulset(), kind: 'Deployment' }, 'apps/v1 Deployment is no io.k8s.api.apps'],
    ['another version', { ...statefulset(), apiVersion: 'v1' }, 'v1 StatefulSet is no io.k8s.api.apps'],
  ])('%s is found', (_what, body, words) => {
    expect(strangeIn(GET, json(body))).toEqual([expect.stringContaining(words)]);
  });

  test.each([
    ['a status that is not told', json(statefulset(), 202), '202 is not told'],
    ['a refusal without its Status', json({}, 403), '403 comes without its Status'],
    ['plain text where there is a Status', { status: 403, body: 'no' }, '403 comes without its Status'],
    ['text for an object', { ...fine, contentType: 'text/plain' }, '200 is no JSON'],
  ])('%s is found', (_what, answer, words) => {
    expect(strangeIn(GET, answer)).toEqual([expect.stringContaining(words)]);
  });
});

test('a manifest with a misspelt key, at any depth, is found, and one of a kind that is not there', () => {
  const wrong = {
    kind: 'Pod',
    apiVersion: 'v1',
    spec: { containers: [{ name: 'a', imagePullPolcy: 'Always' }], hostPID: 'yes' },
  };
  expect(strangeObject(wrong)).toEqual([
    'Pod.spec.containers[0].imagePullPolcy is not known',
    'Pod.spec.hostPID is no boolean: "yes"',
  ]);
  expect(strangeObject({ kind: 'Pod', apiVersion: 'v2' })).toEqual(['nothing is told of v2 Pod']);
});

/** The one of a ReplicaSet is of extensions/v1beta1, which is served no more. */
const recorded = readdirSync(join(root, 'test/recorded/kubernetes'))
  .filter((file) => /^(deployment|statefulset|pod|imagestream)/.test(file))
  .map((file) => file.replace('.json', ''));

test.each(recorded)('%s, as a cluster gave it, is as published', (name) => {
  const { kind, apiVersion = '', ...rest } = recording(name);
  expect(strangeObject({ kind, apiVersion, ...rest })).toEqual([]);
});

describe('the stand-in', () => {
  const asking = (url: string) => fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });

  test('fails the test that asks for what is not published, at its end', async () => {
    const cluster = await startCluster();
    await asking(`${cluster.url}/api/v1/namespaces/komodo/pods?selector=app`);
    await expect(cluster[Symbol.asyncDispose]()).rejects.toThrow(
      /not as published:\nGET \/api\/v1\/namespaces\/komodo\/pods: query selector is not known/,
    );
  });

  test('fails the test whose objects are not as published, when they are answered', async () => {
    const cluster = ending(await startCluster());
    cluster.put({ kind: 'Pod', ...pod({ container: { restartCount: undefined } }) });
    await asking(`${cluster.url}/api/v1/namespaces/komodo/pods`);
    expect(cluster.strange.splice(0)).toEqual([
      'GET /api/v1/namespaces/komodo/pods: PodList.items[0].status.containerStatuses[0].restartCount is missing',
    ]);
  });
});
