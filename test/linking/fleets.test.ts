import { expect, test } from 'vitest';

import type { Fleet } from '#src/domain/fleet.ts';
import type { AccountLink } from '#src/domain/linking.ts';
import { createLinkedFleets } from '#src/linking/fleets.ts';
import { fixedFleets, smallFleet } from '#test/stand-ins/fleet.ts';

import { ERIN, ERINS_OTHER, fleetWith, staged } from './stage.ts';

const stage = staged();
const quiet = { now: () => new Date(), warn: () => undefined };

async function linked(): Promise<AccountLink> {
  const { linking, actor } = stage();
  const { code } = await linking.offer(actor('erin'), ERIN);
  const { id } = await linking.bring({ code, account: ERINS_OTHER, inPublic: false });
  return linking.approve(id, actor('carol'));
}
const speaker = (fleet: Fleet) => fleet.speaker('matrix', '@erin:x')?.id;

test('another process learns of a link, and of its end, by itself', async () => {
  const { links, linking, actor } = stage();
  const heard: Fleet[] = [];
  await using other = await createLinkedFleets({ fleets: fixedFleets(), links, ...quiet, everyMs: 10 });
  other.onChange((fleet) => void heard.push(fleet));
  await linked();
  await expect.poll(() => speaker(other.current())).toBe('erin');
  await linking.remove({ platform: 'matrix', operator: 'erin' }, actor('erin'));
  await expect.poll(() => speaker(other.current())).toBeUndefined();
  expect(heard.map(speaker)).toEqual(['erin', undefined]);
  expect(other.current()).toBe(smallFleet);
});

test('a process that starts with a file that speaks against a link ends it', async () => {
  const { links } = stage();
  const { id } = await linked();
  const fleets = fixedFleets(fleetWith({ erin: undefined }));
  await using other = await createLinkedFleets({ fleets, links, ...quiet });
  expect(speaker(other.current())).toBeUndefined();
  await expect.poll(async () => (await links.get(id))?.state).toBe('voided');
});

test('what could not be put on record is tried again, and counts no more meanwhile', async () => {
  const { links } = stage();
  const { id } = await linked();
  let failures = 2;
  const faulty: typeof links = {
    ...links,
    update: (...asked) => (failures-- > 0 ? Promise.reject(new Error('down')) : links.update(...asked)),
  };
  const fleets = fixedFleets(fleetWith({ erin: undefined }));
  await using other = await createLinkedFleets({ fleets, links: faulty, ...quiet, everyMs: 10 });
  expect(speaker(other.current())).toBeUndefined();
  await expect.poll(async () => (await links.get(id))?.state).toBe('voided');
});

test('while the links cannot be read, none counts', async () => {
  const { links } = stage();
  await linked();
  let isDown = true;
  const faulty = {
    ...links,
    standing: () => (isDown ? Promise.reject(new Error('down')) : links.standing()),
  };
  await using other = await createLinkedFleets({
    fleets: fixedFleets(),
    links: faulty,
    ...quiet,
    everyMs: 10,
  });
  expect(speaker(other.current())).toBeUndefined();
  isDown = false;
  await expect.poll(() => speaker(other.current())).toBe('erin');
});

test('one follower that fails keeps the others from nothing', async () => {
  const { fleets } = stage();
  const heard: Fleet[] = [];
  fleets.onChange(() => {
    throw new Error('a bug');
  });
  fleets.onChange((fleet) => void heard.push(fleet));
  await linked();
  expect(heard.map(speaker)).toEqual(['erin']);
});
