import { type Fleet, fleetOf } from '#src/domain/fleet.ts';

import { fleetDataOf } from './data.ts';
import { type Lookup, type Read, readDocument } from './document.ts';
import type { Fault } from './fault.ts';
import { type Known, misreferences } from './references.ts';
import { FleetFileShape } from './schema.ts';
import { misfits } from './settings.ts';
import { wordsOfIssue, wordsOfKey } from './words.ts';

export interface Parsing {
  readonly lookup: Lookup;
  /** Where relative paths in the file start. */
  readonly folder: string;
  readonly known?: Known | undefined;
}

export type Parsed =
  { readonly fleet: Fleet; readonly faults?: undefined } | { readonly faults: readonly Fault[] };

/** The fleet of a file's text, or every fault of it, in the order of the lines. */
export function parseFleet(source: string, { lookup, folder, known = {} }: Parsing): Parsed {
  const read = readDocument(source, lookup);
  if (read.data === undefined || read.data === null) {
    return { faults: read.faults.length > 0 ? read.faults : [{ path: '', words: 'is empty' }] };
  }
  const shaped = FleetFileShape.safeParse(read.data, { error: wordsOfIssue });
  const faults = [
    ...read.faults,
    ...(shaped.error?.issues ?? [])
      .flatMap((issue) => faultsOf(read, issue))
      // What a missing variable leaves behind has been told.
      .filter(({ path }) => !read.faults.some((fault) => fault.path === path)),
    ...misreferences(read.data, known).map(({ path, words }) => read.fault(path, words)),
    ...misfits(read.data, known.kinds ?? new Map()).map(({ path, key, words }) =>
      key === undefined ? read.fault(path, words) : read.keyFault(path, key, words),
    ),
  ];
  if (!shaped.success || faults.length > 0) {
    return { faults: faults.toSorted((left, right) => (left.line ?? 0) - (right.line ?? 0)) };
  }
  return { fleet: fleetOf(fleetDataOf(shaped.data, folder)) };
}

type Issue = NonNullable<ReturnType<typeof FleetFileShape.safeParse>['error']>['issues'][number];

function faultsOf(read: Read, issue: Issue): readonly Fault[] {
  if (issue.code !== 'unrecognized_keys') return [read.fault(issue.path, issue.message)];
  return issue.keys.map((key) => read.keyFault(issue.path, key, wordsOfKey(key, issue.message)));
}
