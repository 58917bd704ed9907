import { setTimeout as pause } from 'node:timers/promises';

import { between, randomOf } from '../../../bench/chaos/random.ts';
import { canRead, PEOPLE } from './cast.ts';
import type { Truth } from './people.ts';
import { sightsOf } from './sights.ts';
import type { Stage } from './stage.ts';

const LOOK_MS = 100;
const ANSWERS_BEFORE_THE_LAST = 12;

export interface Trouble {
  /** Tocsin was sent SIGKILL, and was ready again. */
  readonly kills: { readonly at: number; readonly backAt: number; readonly when: string }[];
  outage?: { readonly from: number; readonly to: number; readonly told: number };
}

/** Kills Tocsin while it sends, while Discord is down half-way, and while people answer. */
export async function makeTrouble(stage: Stage, seed: number, truth: Truth): Promise<Trouble> {
  const { discord, tocsin } = stage;
  const random = randomOf(seed, 'trouble');
  const trouble: Trouble = { kills: [] };
  const kill = async (when: string): Promise<void> => {
    const at = Date.now();
    await tocsin.kill('SIGKILL');
    await tocsin.restart();
    trouble.kills.push({ at, backAt: Date.now(), when });
  };
  const readers = PEOPLE.filter((person) => canRead(person, 'discord') && !person.backup);
  const told = (): number =>
    readers.filter((person) =>
      discord
        .directMessages(stage.handles.get(person.id) ?? '')
        .some(({ authorId }) => authorId === discord.botId),
    ).length;

  await pause(between(random, 200, 4_000));
  await kill('while it was being sent');

  while (told() < readers.length / 2) await pause(LOOK_MS);
  const from = Date.now();
  const toldBefore = told();
  await discord.refuse();
  await pause(between(random, 500, 4_000));
  await kill('while Discord was down');
  await pause(between(random, 1_000, 4_000));
  await discord.restore();
  trouble.outage = { from, to: Date.now(), told: toldBefore };

  while (truth.said.length < ANSWERS_BEFORE_THE_LAST) await pause(LOOK_MS);
  await pause(between(random, 0, 4_000));
  await kill('while people answered');
  return trouble;
}

/** How many people have the notice, each on any medium. */
export const toldOf = (stage: Stage): number =>
  PEOPLE.filter((person) => sightsOf(stage, person).some(({ kind }) => kind === 'notice')).length;
