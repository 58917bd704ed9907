import { expect, test } from 'vitest';

import { differences, ownTemplate, templateDigest } from '#src/nodes/kubernetes/template.ts';

const template = (image: string, password = 'hunter2', more: object = {}) => ({
  metadata: { creationTimestamp: null, labels: { app: 'kmd' } },
  spec: {
    containers: [{ name: 'komodod', image, env: [{ name: 'RPC_PASSWORD', value: password }], ...more }],
  },
});

test('differences are told by path and name, never by value', () => {
  const told = differences(template('a:1'), template('a:2', 'hunter3', { args: ['-secret=hunter4'] }));
  expect(told).toEqual([
    'spec.containers.komodod.image',
    'spec.containers.komodod.env.RPC_PASSWORD.value',
    'spec.containers.komodod.args.0',
  ]);
  expect(differences(template('a:1'), template('a:1'))).toEqual([]);
});

test('many differences are counted', () => {
  const args = Array.from({ length: 20 }, (_none, index) => `-${index}`);
  expect(differences(template('a:1'), template('a:1', 'hunter2', { args })).at(-1)).toBe('12 more');
});

test('what is empty is as if it were not there, and the order of keys is none', () => {
  const { metadata, spec } = template('a:1');
  const other = { spec: { ...spec, volumes: [] }, metadata: { labels: metadata.labels, annotations: {} } };
  expect(templateDigest(other)).toBe(templateDigest({ metadata, spec }));
  expect(templateDigest(template('a:2'))).not.toBe(templateDigest(template('a:1')));
});

test.each([
  ['deployment', { labels: { app: 'kmd', 'pod-template-hash': 'abc' } }, {}],
  ['statefulset', { labels: { app: 'kmd' } }, { $patch: 'replace' }],
  [
    'deploymentconfig',
    {
      labels: { app: 'kmd', deployment: 'kmd-3', deploymentconfig: 'kmd' },
      annotations: {
        'openshift.io/deployment-config.latest-version': '3',
        'openshift.io/deployment-config.name': 'kmd',
        'openshift.io/deployment.name': 'kmd-3',
      },
    },
    {},
  ],
] as const)(
  'of what a %s keeps, the marks of its keeper are left out, and nothing else',
  (kind, metadata, more) => {
    const own = template('a:1');
    const kept = { ...own, metadata: { ...own.metadata, ...metadata }, ...more };
    expect(JSON.parse(JSON.stringify(ownTemplate(kind, kept)))).toEqual(own);
  },
);
