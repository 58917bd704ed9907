import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { aboutOf } from '#src/broadcast/about.ts';
import { judged, runningIn, withRunning } from '#src/broadcast/judge.ts';
import { openEntry } from '#src/broadcast/roll.ts';
import { fleetOf } from '#src/domain/fleet.ts';
import { Announcement, type Notice, type NoticeId } from '#src/domain/notice.ts';
import { type RollEntry, stageOf } from '#src/domain/roll.ts';
import { health } from '#test/health/seen.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { smallFleet } from '#test/stand-ins/fleet.ts';
import { FIRST, look, networkMap, SECOND, targetOf, updateIn } from './looking.ts';

const notice: Notice = {
  ...Announcement.parse({ subject: 'New network parameters', parameters: SECOND.hash.toUpperCase() }),
  id: 'n1' as NoticeId,
  state: 'sent',
  createdBy: 'carol',
  createdAt: '2026-01-01T00:00:00Z',
  sentAt: '2026-01-01T00:00:00Z',
  reminded: [],
  announced: true,
  revision: 1,
};

test('a notice of network parameters is proven by the node that accepted them, and contradicts who only said so', async () => {
  const folder = temporaryFolder('corda');
  onTestFinished(() => folder[Symbol.dispose]());
  const map = await networkMap(updateIn(3));
  const settings = { networkMap: map.url, directory: folder.path };
  const target = targetOf(settings);
  const [seat] = smallFleet.seats;
  const fleet = fleetOf({ ...smallFleet, nodes: [target.node] });
  expect(fleet.targets().filter(aboutOf(fleet, notice) ?? expect.unreachable())).toHaveLength(1);

  const patrolled = async (entry: RollEntry): Promise<RollEntry> => {
    const { results } = await look(settings);
    const of = { node: target.node.id, service: target.service.id };
    const running = runningIn(notice, target, health(results, of)) ?? expect.unreachable('it says nothing');
    return judged(withRunning(entry, running), [of]);
  };
  const said: RollEntry = { ...openEntry(seat ?? expect.unreachable()), answer: 'done' };
  await writeFile(join(folder.path, 'network-parameters'), FIRST.file);
  const before = await patrolled(said);
  expect(stageOf(before)).toBe('contradicted');
  expect(before.contradiction).toBe(`said done, runs parameters ${FIRST.hash.slice(0, 12)}…`);

  await writeFile(join(folder.path, 'network-parameters-update'), SECOND.file);
  expect(stageOf(await patrolled(before))).toBe('proven');

  // What was the update is in force, and the network map tells of no other.
  await writeFile(join(folder.path, 'network-parameters'), SECOND.file);
  map.content = { networkParameterHash: SECOND.hash };
  expect(stageOf(await patrolled(said))).toBe('proven');
});
