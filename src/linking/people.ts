import type { Fleet } from '#src/domain/fleet.ts';
import type { Leases } from '#src/domain/lease.ts';

/** What is to be done about people as the fleet file changes and time passes. */
export interface People {
  /** The file was taken in: whom it names is put on record. */
  follow(): Promise<void>;
  /** Ends, audits and tells what is due, by one process at a time. */
  sweep(): Promise<void>;
}

interface Options {
  readonly file: () => Fleet;
  readonly changes: { follow(file: Fleet): Promise<void>; sweep(): Promise<void> };
  readonly linking: { sweep(): Promise<void> };
  readonly leases: Pick<Leases, 'take'>;
}

const LEASE = 'people';
const LEASE_MS = 60_000;

export function createPeople({ file, changes, linking, leases }: Options): People {
  async function sweep(): Promise<void> {
    const lease = await leases.take(LEASE, LEASE_MS);
    if (!lease) return;
    try {
      await changes.sweep();
      await linking.sweep();
    } finally {
      await lease.release();
    }
  }
  return {
    sweep,
    async follow() {
      await changes.follow(file());
      await sweep();
    },
  };
}
