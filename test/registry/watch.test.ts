import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';

import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';

import { FleetError } from '#src/registry/fault.ts';
import { createFleets, type WatchedFleets } from '#src/registry/watch.ts';
import { temporaryFolder } from '#test/real/folder.ts';

const fleet = (network: string): string =>
  `network: ${network}\nrooms: [{ id: notaries, console: notaries }]\nteams: [{ id: t, operators: [{ id: a, role: notary }] }]\n`;

interface Watched {
  readonly folder: string;
  readonly file: string;
  readonly fleets: WatchedFleets;
  /** Names of the networks taken in, in order, and the words of the faults. */
  readonly seen: string[];
}

/** Watched in a folder of its own, at first with the content given. */
async function watched(prepare: (folder: string) => string = plain): Promise<Watched> {
  const { path: folder, [Symbol.dispose]: dispose } = temporaryFolder('fleet');
  const file = prepare(folder);
  const fleets = await createFleets({
    file,
    lookup: () => undefined,
    logger: pino({ level: 'silent' }),
    everyMs: 50,
  });
  onTestFinished(async () => {
    await fleets[Symbol.asyncDispose]();
    dispose();
  });
  const seen: string[] = [];
  fleets.onChange((fleet) => seen.push(fleet.network));
  fleets.onFaults((error) => seen.push(error.faults.map(({ words }) => words).join()));
  return { folder, file, fleets, seen };
}

function plain(folder: string): string {
  writeFileSync(join(folder, 'fleet.yaml'), fleet('one'));
  return join(folder, 'fleet.yaml');
}

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 20 });

test('a file that is written in place is taken in', async () => {
  const { file, fleets, seen } = await watched();
  expect(fleets.current().network).toBe('one');
  writeFileSync(file, fleet('two'));
  await until(() => expect(seen).toEqual(['two']));
  expect(fleets.current().network).toBe('two');
  expect(fleets.current().operator('a')?.role).toBe('notary');
});

test('a file that an editor replaces, again and again, is taken in', async () => {
  const { file, seen } = await watched();
  for (const network of ['two', 'three', 'four']) {
    writeFileSync(`${file}.swp`, fleet(network));
    renameSync(`${file}.swp`, file);
    await until(() => expect(seen.at(-1)).toBe(network));
  }
  expect(seen).toEqual(['two', 'three', 'four']);
});

test('a mounted ConfigMap, where a link two steps away is swapped, is taken in', async () => {
  const { folder, seen } = await watched((folder) => {
    for (const [version, network] of [
      ['v1', 'one'],
      ['v2', 'two'],
    ] as const) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'fleet.yaml'), fleet(network));
    }
    symlinkSync('v1', join(folder, '..data'));
    symlinkSync('..data/fleet.yaml', join(folder, 'fleet.yaml'));
    return join(folder, 'fleet.yaml');
  });
  symlinkSync('v2', join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  await until(() => expect(seen).toEqual(['two']));
});

test('a bad file leaves the running fleet, is told once, and the good one after it is taken in', async () => {
  const { file, fleets, seen } = await watched();
  writeFileSync(file, 'network: [');
  await until(() => expect(seen).toHaveLength(1));
  expect(fleets.current().network).toBe('one');
  // The same content once more, as a save without a change.
  writeFileSync(`${file}.new`, 'network: [');
  renameSync(`${file}.new`, file);
  await fleets.reread();
  expect(seen).toHaveLength(1);
  writeFileSync(file, fleet('two'));
  await until(() => expect(seen).toHaveLength(2));
  expect(seen[1]).toBe('two');
});

test('a good file that comes back after a bad one is taken in again, although it was seen before', async () => {
  const { file, fleets, seen } = await watched();
  writeFileSync(file, '');
  await until(() => expect(seen).toEqual(['is empty']));
  writeFileSync(file, fleet('one'));
  await until(() => expect(seen).toEqual(['is empty', 'one']));
  expect(fleets.current().network).toBe('one');
});

test('a file that is gone is told; the running fleet stays', async () => {
  const { file, fleets, seen } = await watched();
  rmSync(file);
  await until(() => expect(seen).toEqual(['is not there: copy fleet.example.yaml, or set FLEET_FILE']));
  expect(fleets.current().network).toBe('one');
});

test('a file that is still being written is waited for', async () => {
  const { file, fleets, seen } = await watched();
  truncateSync(file);
  const looked = fleets.reread();
  for (const part of fleet('in-pieces').split(/(?<=\s)/)) await appendFile(file, part);
  await looked;
  await until(() => expect(seen).toEqual(['in-pieces']));
});

test('the first file must be good: every fault of it is told', async () => {
  const { path: folder, [Symbol.dispose]: dispose } = temporaryFolder('fleet');
  onTestFinished(() => dispose());
  const file = join(folder, 'fleet.yaml');
  const options = { file, lookup: () => undefined, logger: pino({ level: 'silent' }) };
  await expect(createFleets(options)).rejects.toThrow(/is not there: copy fleet\.example\.yaml/);
  writeFileSync(file, 'network: 1\nroutes: [{ rooms: [x] }]\n');
  const error = await createFleets(options).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(FleetError);
  expect((error as FleetError).message).toContain('fleet.yaml:1 network: must be text');
  expect((error as FleetError).message).toContain('fleet.yaml:2 routes[0].rooms[0]: there is no room "x"');
});

test('a follower that fails does not keep the fleet from the others', async () => {
  const { file, fleets, seen } = await watched();
  const { promise, resolve } = Promise.withResolvers<void>();
  fleets.onChange(() => {
    throw new Error('bug');
  });
  fleets.onChange(() => resolve());
  writeFileSync(file, fleet('two'));
  await promise;
  expect(seen).toEqual(['two']);
});

test('after its end nothing is told any more', async () => {
  const { file, fleets, seen } = await watched();
  await fleets[Symbol.asyncDispose]();
  writeFileSync(file, fleet('two'));
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(seen).toEqual([]);
});
