import { createHash } from 'node:crypto';

import type { WorkloadKind } from './settings.ts';

/** A pod template as the API has it. It may hold secrets: of it only paths and digests are told. */
type Template = Readonly<Record<string, unknown>>;

/** What a controller adds to a template when it keeps it; none of it may be written back. */
const MARKS: Readonly<Record<WorkloadKind, { readonly labels: RegExp; readonly annotations: RegExp }>> = {
  deployment: { labels: /^pod-template-hash$/, annotations: /(?!)/ },
  statefulset: { labels: /^controller-revision-hash$/, annotations: /(?!)/ },
  deploymentconfig: {
    labels: /^(deployment|deploymentconfig)$/,
    annotations: /^openshift\.io\/(deployment\.name|deployment-config\.(name|latest-version))$/,
  },
};

/** The template that a revision holds, as it was in the workload. */
export function ownTemplate(kind: WorkloadKind, held: Template): Template {
  const { labels, annotations, ...metadata } = (held['metadata'] ?? {}) as Record<string, unknown>;
  return {
    // Which patch of a ControllerRevision it is stands within it.
    ...without(held, /^\$patch$/),
    metadata: {
      ...metadata,
      labels: without(labels, MARKS[kind].labels),
      annotations: without(annotations, MARKS[kind].annotations),
    },
  };
}

function without(named: unknown, marks: RegExp): object | undefined {
  const entries = Object.entries(named ?? {}).filter(([name]) => !marks.test(name));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** Tells templates apart without telling what is in them. */
export const templateDigest = (template: Template): string =>
  createHash('sha256')
    .update(JSON.stringify(leavesOf(template).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex')
    .slice(0, 16);

const MOST_NAMED = 8;

/** Where two templates differ, as paths with the names of containers and variables; no value of either. */
export function differences(one: Template, other: Template): readonly string[] {
  const [a, b] = [new Map(leavesOf(one)), new Map(leavesOf(other))];
  const paths = [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path));
  const shown = paths.slice(0, MOST_NAMED).map((path) => path.slice(0, 120));
  return paths.length > MOST_NAMED ? [...shown, `${paths.length - MOST_NAMED} more`] : shown;
}

/** Every value by its path; what is empty or null is as if it were not there. Lists of named things go by their names. */
function leavesOf(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, item]) => {
    const { name } = (Array.isArray(value) ? (item ?? {}) : {}) as { readonly name?: unknown };
    const step = typeof name === 'string' ? name : key;
    return leavesOf(item, path === '' ? step : `${path}.${step}`);
  });
}
