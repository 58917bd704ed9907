import { mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Message } from '#src/domain/message.ts';
import { createAbsence, type Looked } from '#src/linking/absence.ts';
import { writtenAt } from '#src/registry/watch.ts';
import { documents } from '#src/store/documents.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';
import { mortal, type Mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';

import { ERIN, ERINS_OTHER, fleetWith, staged } from './stage.ts';

const START = Date.parse('2026-05-01T12:00:00Z');
const SEEN = START + 60_000;
const BACK = START + 3_600_000;
const stage = staged();

let told: Map<string, Message>;
beforeEach(() => void (told = new Map()));

/** A process that has the file before it at this time; it may die. */
function process(atMs: number, written: number | undefined, life: Mortal = mortal(0)) {
  const { redis, links, audit } = stage();
  return createAbsence({
    records: usedBy(life, documents<Looked>(redis.connection, 'looks', { keep: 1 })),
    links: usedBy(life, links),
    writtenAt: async () => (written === undefined ? undefined : new Date(written)),
    audit: usedBy(life, audit),
    note: (key, message) => life.live(async () => void told.set(key.join(), message)),
    now: () => new Date(atMs),
  });
}

async function linked(): Promise<string> {
  const { linking, actor } = stage();
  const { code } = await linking.offer(actor('erin'), ERIN);
  const { id } = await linking.bring({ code, account: ERINS_OTHER, inPublic: false });
  await linking.approve(id, actor('carol'));
  return id;
}
const unwatched = async () => (await stage().entries()).filter(({ what }) => what === 'link.unwatched');

describe('a fleet file that was written while nobody looked', () => {
  test('leaves the links, on record and told: whether somebody was dropped and taken back is in no file', async () => {
    const id = await linked();
    await process(SEEN, START).looked();
    await process(BACK, SEEN + 1).tell(smallFleet);
    expect(await unwatched()).toMatchObject([
      {
        who: 'tocsin',
        about: id,
        detail: {
          operator: 'erin',
          account: 'matrix:@erin:x',
          approvedBy: 'carol',
          since: '2026-05-01T12:01:00.000Z',
        },
      },
    ]);
    expect([...told.values()]).toHaveLength(1);
    expect(JSON.stringify([...told.values()])).toMatch(/while Tocsin did not run.*matrix:@erin:x.*carol/);
    expect(stage().fleets.current().speaker('matrix', '@erin:x')?.id).toBe('erin');
  });

  test('is told of once: somebody looks from then on', async () => {
    await linked();
    await process(SEEN, START).looked();
    await process(BACK, SEEN + 1).tell(smallFleet);
    await process(BACK, SEEN + 1).looked();
    await process(BACK + 1, SEEN + 1).tell(smallFleet);
    expect(await unwatched()).toHaveLength(1);
    expect(told.size).toBe(1);
  });

  test('says nothing of a link that the file, as it stands, ends', async () => {
    await linked();
    await process(SEEN, START).looked();
    await process(BACK, SEEN + 1).tell(fleetWith({ erin: undefined }));
    expect([await unwatched(), told.size]).toEqual([[], 0]);
  });

  test('killed anywhere, the next process tells of it, and in the room once', async () => {
    await linked();
    let survived = false;
    for (let diesAt = 1; !survived; diesAt++) {
      expect(diesAt).toBeLessThan(20);
      const before = (await unwatched()).length;
      told.clear();
      await process(SEEN, START).looked();
      const life = mortal(diesAt);
      const doomed = process(BACK, SEEN + 1, life);
      await doomed
        .tell(smallFleet)
        .then(doomed.looked)
        .catch(() => undefined);
      survived = !life.dead;
      const next = process(BACK + 1, SEEN + 1);
      await next.tell(smallFleet);
      expect([1, 2]).toContain((await unwatched()).length - before);
      expect(told.size).toBe(1);
    }
  });
});

test.each([
  ['written before the last look', START],
  ['that is not there', undefined],
])('nothing is said of a file %s', async (_, written) => {
  await linked();
  await process(SEEN, START).looked();
  await process(BACK, written).tell(smallFleet);
  expect([await unwatched(), told.size]).toEqual([[], 0]);
});

test('nothing is said at the very first start, and nothing without links', async () => {
  await process(SEEN, SEEN).tell(smallFleet);
  await process(SEEN, START).looked();
  await process(BACK, SEEN + 1).tell(smallFleet);
  expect([await unwatched(), told.size]).toEqual([[], 0]);
});

describe('when a file was written', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tocsin-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** The file system's clock is coarser than ours. */
  const COARSE_MS = 20;

  test.each<[string, (file: string) => void]>([
    ['anew', (file) => writeFileSync(file, 'b')],
    [
      'and its time set back',
      (file) => {
        writeFileSync(file, 'b');
        utimesSync(file, 0, 0);
      },
    ],
    [
      'by putting another in its place, and the first one back',
      (file) => {
        renameSync(file, `${file}.away`);
        writeFileSync(file, 'b');
        renameSync(`${file}.away`, file);
      },
    ],
    [
      'by a link in its place',
      (file) => {
        renameSync(file, `${file}.there`);
        symlinkSync(`${file}.there`, file);
      },
    ],
  ])('%s', async (_, write) => {
    const file = join(folder, 'fleet.yaml');
    writeFileSync(file, 'a');
    const first = (await writtenAt(file))!.getTime();
    await expect.poll(() => Date.now()).toBeGreaterThan(first + COARSE_MS);
    write(file);
    expect((await writtenAt(file))!.getTime()).toBeGreaterThan(first);
  });

  test('is not known where there is none', async () => {
    expect(await writtenAt(join(folder, 'none.yaml'))).toBeUndefined();
  });
});
