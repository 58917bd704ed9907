import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { SEVERITIES } from '#src/domain/alert.ts';
import { DELIVERY_STATES } from '#src/domain/delivery.ts';
import { createMetrics } from '#src/metrics.ts';
import { HEALTH_FAMILIES } from '#src/metrics/health.ts';
import { kinds } from '#src/nodes/kinds.ts';
import { root } from '#test/real/root.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const { registry, leads } = createMetrics({ waiting: async () => ({}), up: () => new Map() });
leads(() => true);
const OF_PROCESS = registry.getMetricsAsArray().map(({ name }) => name);
const EXPOSED = new Set([
  ...HEALTH_FAMILIES.map(({ name }) => name),
  ...OF_PROCESS,
  'tocsin_http_requests_total',
]);
const CHECKS = new Set(kinds.flatMap((kind) => kind.checks.map(({ id }) => id)));

/** What an expression asks for that there is not: metrics, checks, delivery states. */
function unknownOf(expr: string): readonly string[] {
  const named = (label: string): readonly string[] =>
    Array.from(expr.matchAll(new RegExp(`\\b${label}="([^"$]+)"`, 'g')), ([, value = '']) => value);
  const metrics = expr.match(/\btocsin_\w+/g) ?? [];
  return [
    ...metrics.filter((name) => !EXPOSED.has(name)),
    ...named('check').filter((check) => !CHECKS.has(check)),
    ...named('state').filter((state) => !DELIVERY_STATES.some((known) => known === state)),
  ];
}

test('what an expression asks for and is not there is found', () => {
  expect(unknownOf('tocsin_nope{check="nope",state="nope"} + tocsin_check_state{check="peers"}')).toEqual([
    'tocsin_nope',
    'nope',
    'nope',
  ]);
});

test('docs/metrics.md lists every name with its labels, and no other', () => {
  const rows = Array.from(
    read('docs/metrics.md').matchAll(/^\| `(tocsin_\w+)`\s*\| ([^|]*)\|/gm),
    ([, name = '', labels = '']) => [name, labels.trim()] as const,
  );
  const ours = [...EXPOSED].filter((name) => !/^tocsin_(process|nodejs)_/.test(name));
  expect(rows.map(([name]) => name).toSorted()).toEqual(ours.toSorted());
  const labels = new Map(rows);
  for (const family of HEALTH_FAMILIES) expect(labels.get(family.name)).toBe(family.labels.join(', '));
});

test('the names are those that dashboards outside were built on', () => {
  expect(HEALTH_FAMILIES.map(({ name }) => name)).toEqual([
    'tocsin_service_state',
    'tocsin_look_age_seconds',
    'tocsin_look_duration_seconds',
    'tocsin_check_state',
    'tocsin_check_blocks',
    'tocsin_check_bytes',
    'tocsin_check_coins',
    'tocsin_check_items',
    'tocsin_check_ratio',
    'tocsin_check_seconds',
  ]);
});

const Rules = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^[A-Z][A-Za-z]+$/),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.looseObject({ severity: z.enum(SEVERITIES) }),
          annotations: z.looseObject({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
});

describe('Prometheus', () => {
  const { groups } = Rules.parse(parse(read('deploy/prometheus/alerts.yml')));
  const rules = groups.flatMap((group) => group.rules);

  test.each(rules.map((rule) => [rule.alert, rule] as const))('%s asks for what is there', (_, rule) => {
    expect(unknownOf(rule.expr)).toEqual([]);
  });

  test('each has a name of its own, which the patrol does not use', () => {
    const names = rules.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    const patrols = kinds.flatMap((kind) => kind.checks.flatMap((check) => check.alertnames));
    expect(names.filter((name) => patrols.includes(name))).toEqual([]);
  });

  test('it scrapes /metrics, takes the rules, and tells Alertmanager', () => {
    const config = parse(read('deploy/prometheus/prometheus.yml')) as Record<string, unknown>;
    expect(config).toMatchObject({
      rule_files: ['alerts.yml'],
      scrape_configs: [{ job_name: 'tocsin', static_configs: [{ targets: ['127.0.0.1:8080'] }] }],
      alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:9093'] }] }] },
    });
  });
});

describe('Alertmanager', () => {
  const path = join(root, 'deploy/prometheus/alertmanager.yml');

  test('it posts to the ingress with the token, and says when it is over', () => {
    const { receivers } = parse(readFileSync(path, 'utf8')) as { receivers: readonly { name: string }[] };
    expect(receivers.find(({ name }) => name === 'tocsin')).toMatchObject({
      webhook_configs: [
        {
          url: 'http://127.0.0.1:8080/ingress/alertmanager',
          send_resolved: true,
          http_config: { authorization: { type: 'Bearer' } },
        },
      ],
    });
  });

  const hasAmtool = spawnSync('amtool', ['--version']).status === 0;
  test.skipIf(!hasAmtool)('it takes its file, and tells of Tocsin itself on both ways', () => {
    const run = (...words: readonly string[]): string =>
      spawnSync('amtool', words, { encoding: 'utf8', timeout: 10_000 }).stdout;
    expect(run('check-config', path)).toContain('SUCCESS');
    const to = (...labels: readonly string[]): string =>
      run('config', 'routes', 'test', `--config.file=${path}`, ...labels).trim();
    expect(to('alertname=TocsinAway', 'watches=tocsin')).toBe('watchman,tocsin');
    expect(to('alertname=DiskFills')).toBe('tocsin');
  });
});

const Grid = z.strictObject({
  x: z.int().min(0),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1),
});
const Panel = z.looseObject({
  id: z.int(),
  type: z.enum(['row', 'stat', 'state-timeline', 'table', 'timeseries']),
  title: z.string().min(1),
  gridPos: Grid,
  datasource: z.strictObject({ type: z.literal('prometheus'), uid: z.literal('${datasource}') }).optional(),
  targets: z.array(z.looseObject({ refId: z.string(), expr: z.string().min(1) })).optional(),
});
const Dashboard = z.looseObject({
  uid: z.literal('tocsin'),
  title: z.string(),
  schemaVersion: z.int().min(36),
  templating: z.strictObject({ list: z.array(z.looseObject({ name: z.string(), query: z.unknown() })) }),
  panels: z.array(Panel),
});

describe('Grafana', () => {
  const dashboard = Dashboard.parse(JSON.parse(read('deploy/grafana/tocsin.json')));
  const charts = dashboard.panels.filter(({ type }) => type !== 'row');
  const expressions = charts.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  test('every panel asks for what is there, of the source that is chosen', () => {
    expect(charts.length).toBeGreaterThan(15);
    expect(charts.filter(({ targets, datasource }) => !targets?.length || !datasource)).toEqual([]);
    expect(expressions.flatMap(unknownOf)).toEqual([]);
    expect(expressions.filter((expr) => !/\btocsin_/.test(expr))).toEqual([]);
  });

  test('its variables are asked for, and there are no others', () => {
    const asked = new Set(
      JSON.stringify(charts)
        .match(/\$\{?[a-z]+/g)
        ?.map((name) => name.replace(/\W+/, '')),
    );
    expect([...asked].toSorted()).toEqual(dashboard.templating.list.map(({ name }) => name).toSorted());
    expect(unknownOf(JSON.stringify(dashboard.templating))).toEqual([]);
  });

  test('panels have ids of their own, and none lies on another or beyond the edge', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => [x + (cell % w), y + Math.floor(cell / w)] as const),
    );
    expect(Math.max(...cells.map(([x]) => x))).toBeLessThan(24);
    expect(new Set(cells.map((cell) => cell.join())).size).toBe(cells.length);
  });
});
