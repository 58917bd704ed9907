import { expect, test } from 'vitest';

import type { AccountLink } from '#src/domain/linking.ts';
import { mortal, usedBy } from '#test/stand-ins/remediation/mortal.ts';

import { ERIN, ERINS_OTHER, refusalOf, staged, type Stage } from './stage.ts';

const stage = staged();

/** Untold changes are left to whoever made them for a while. */
const UNTOLD_MS = 10_000;

const deeds = (here: Stage, doomed: ReturnType<Stage['desk']>) => ({
  async bring() {
    const { code } = await here.linking.offer(here.actor('erin'), ERIN);
    return () => doomed.bring({ code, account: ERINS_OTHER, inPublic: false });
  },
  async approve() {
    const { id } = await proven(here);
    return () => doomed.approve(id, here.actor('carol'));
  },
  async remove() {
    const { id } = await proven(here);
    await here.linking.approve(id, here.actor('carol'));
    return () => doomed.remove({ platform: 'matrix', operator: 'erin' }, here.actor('erin'));
  },
});

async function proven(here: Stage): Promise<AccountLink> {
  const { code } = await here.linking.offer(here.actor('erin'), ERIN);
  return here.linking.bring({ code, account: ERINS_OTHER, inPublic: false });
}

test.each([
  ['bring', 'offered', 'proven', undefined],
  ['approve', 'proven', 'standing', 'erin'],
  ['remove', 'standing', 'removed', undefined],
] as const)(
  'killed anywhere in %s: it was done or it was not, and what was done is audited and told',
  async (deed, before, after, speaks) => {
    const here = stage();
    let survived = false;
    for (let diesAt = 1; !survived; diesAt++) {
      expect(diesAt).toBeLessThan(40);
      const life = mortal(diesAt);
      const doomed = here.desk({
        links: usedBy(life, here.links),
        audit: usedBy(life, here.audit),
        post: usedBy(life, here.post),
      });
      const act = await deeds(here, doomed)[deed]();
      here.post.clear();
      await refusalOf(act());
      const isSettled = async () =>
        life.dead || (await here.links.list(1)).every(({ told, revision }) => told === revision);
      await expect.poll(isSettled, { interval: 2 }).toBe(true);
      survived = !life.dead;
      const [link] = await here.links.list(1);
      expect([before, after]).toContain(link?.state);
      here.pass(UNTOLD_MS);
      await here.linking.sweep();
      await here.fleets.refresh();
      const now = (await here.links.list(1))[0]!;
      expect(now.told).toBe(now.revision);
      expect(now.state).toBe(link?.state);
      const said = (await here.entries()).filter(
        ({ what, about }) => about === now.id && what === `link.${now.state}`,
      );
      expect(said.length).toBeGreaterThan(0);
      expect(said.length).toBeLessThanOrEqual(2);
      if (now.state === after) {
        expect(here.post.asked.join()).toContain(`link:${now.id}:${after}`);
        expect(here.fleets.current().speaker('matrix', '@erin:x')?.id).toBe(speaks);
      }
      if (now.state !== 'removed')
        await here.linking.remove({ platform: 'matrix', operator: 'erin' }, here.actor('dave'));
      // No limit is met: each try is in ten minutes of its own.
      await here.redis.connection.del(...(await here.redis.connection.keys('*:attempts:*')));
    }
  },
);
