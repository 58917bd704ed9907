import type { Alert } from '#src/domain/alert.ts';

/** The alerts on record. */
export interface Records {
  get(id: string): Promise<Alert | undefined>;
  list(limit: number): Promise<readonly Alert[]>;
  getMany(ids: readonly string[]): Promise<readonly (Alert | undefined)[]>;
  update(id: string, change: (current: Alert | undefined) => Alert | undefined): Promise<Alert | undefined>;
  updateAll(
    ids: readonly string[],
    change: (id: string, current: Alert | undefined) => Alert | undefined,
    known?: ReadonlyMap<string, Alert>,
  ): Promise<ReadonlyMap<string, Alert>>;
}
