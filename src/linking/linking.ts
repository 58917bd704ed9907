import type { Audit } from '#src/domain/audit.ts';
import { UserError, wordsOf } from '#src/domain/errors.ts';
import {
  type Account,
  type AccountLink,
  type AccountLinks,
  accountName,
  type Linking,
} from '#src/domain/linking.ts';
import { type Actor, hasRole, TOCSIN } from '#src/domain/operator.ts';

import { createAttempts, MOST_OFFERS } from './attempts.ts';
import { linkIdOf, newCode } from './code.ts';
import {
  approve,
  CODE_MS,
  type Decision,
  end,
  isOpen,
  judged,
  NOT_VALID,
  prove,
  READ_BY_OTHERS,
  STRANGER,
} from './decide.ts';
import type { LinkedFleets } from './fleets.ts';
import type { Telling } from './tell.ts';

interface Options {
  readonly links: AccountLinks;
  readonly fleets: Pick<LinkedFleets, 'current' | 'file' | 'refresh'>;
  /** Ids of the platforms on which people are heard. */
  readonly platforms: readonly string[];
  readonly audit: Pick<Audit, 'write'>;
  readonly telling: Telling;
  readonly now: () => Date;
  readonly warn: (error: unknown) => void;
}

export interface RunningLinking extends Linking {
  /** Ends what waits in vain, and audits and tells what a crash left untold: by one process at a time. */
  sweep(): Promise<void>;
}

/** Looked at by a sweep; what is open or untold is among the latest. */
const SWEPT = 500;
/** Whoever made a younger change is about to tell of it. */
const UNTOLD_MS = 10_000;
const isLeft = ({ by, changedAt }: AccountLink, at: Date): boolean =>
  by === TOCSIN.id || at.getTime() - Date.parse(changedAt) >= UNTOLD_MS;

const CODE_MIN = CODE_MS / 60_000;
const UNKNOWN = 'That is no code.';
const TOO_MANY = `Too many codes were tried: wait ${CODE_MIN} minutes.`;

export function createLinking(options: Options): RunningLinking {
  const { links, fleets, platforms, audit, telling, now, warn } = options;
  const attempts = createAttempts({ links, pressed: telling.pressed });
  const around = () => ({ fleet: fleets.current(), file: fleets.file(), now: now() });

  /** What was decided counts, is audited and told; a failure on the way is made good by a sweep. */
  async function settle(link: AccountLink): Promise<AccountLink> {
    await fleets.refresh().catch(warn);
    const told = telling.settle(link).catch(warn);
    // That takes a moment: whoever confirmed need not wait for it.
    if (link.state !== 'standing') await told;
    return link;
  }

  /** Writes the attempt first, and why it was refused. */
  async function audited<T>(
    { deed, by, about }: { deed: string; by: { id: string; account?: string | undefined }; about: string },
    act: () => Promise<T>,
  ): Promise<T> {
    const entry = { who: by.id, account: by.account, about };
    await audit.write({ ...entry, what: `link.${deed}` });
    try {
      return await act();
    } catch (error) {
      await audit.write({ ...entry, what: `link.${deed}-refused`, detail: { why: wordsOf(error) } });
      throw error;
    }
  }

  /** A pure decision, by compare and set. Throws UserError with its refusal. */
  async function decide(
    id: string,
    decision: (link: AccountLink) => Decision | undefined,
    otherwise = `There is no link ${id}.`,
  ): Promise<AccountLink> {
    let made: Decision | undefined;
    const link = await links.update(id, (current) => {
      made = current && decision(current);
      return made?.link;
    });
    if (!link || !made) throw new UserError(otherwise);
    const settled = await settle(link);
    if (made.refusal !== undefined) throw new UserError(made.refusal);
    return settled;
  }

  const platformFor = (by: Actor, from: Account, asked: string | undefined): string => {
    const others = platforms.filter((platform) => platform !== from.platform);
    const [first] = others;
    if (first === undefined)
      throw new UserError('There is no other platform here on which people are heard.');
    if (asked === undefined && others.length > 1)
      throw new UserError(`Say for which platform: ${others.join(' or ')}.`);
    const platform = asked ?? first;
    if (!others.includes(platform)) throw new UserError(`"${platform}" is not one of ${others.join(', ')}.`);
    const has = by.handles[platform];
    if (has !== undefined) throw new UserError(`You have an account on ${platform}: ${has}.`);
    return platform;
  };

  const latestOf = async (operator: string, platform: string): Promise<AccountLink | undefined> => {
    const all = [...(await links.standing()), ...(await links.list(SWEPT))];
    return all.find(
      (link) =>
        link.operator === operator &&
        link.platform === platform &&
        (isOpen(link) || link.state === 'standing'),
    );
  };

  return {
    find: (id) => links.get(id),
    async list() {
      const waiting = (await links.list(SWEPT)).filter(({ state }) => state === 'proven');
      return [...(await links.standing()), ...waiting];
    },
    async expects(platform) {
      const at = now();
      const open = (await links.list(SWEPT)).filter((link) => judged(link, fleets.file(), at) === link);
      return open.some((link) => link.state === 'offered' && link.platform === platform);
    },
    async offer(by, from, asked) {
      const platform = platformFor(by, from, asked);
      if (fleets.file().operator(by.id)?.handles[from.platform] !== from.handle)
        throw new UserError(
          'Ask from an account that the fleet file names: one that was linked links no further.',
        );
      const { operators } = fleets.current();
      if (!operators.some(({ id, role }) => id !== by.id && hasRole(role, 'coordinator')))
        throw new UserError(
          'There is no other coordinator to confirm it: put the account into the fleet file.',
        );
      if (!(await attempts.mayAsk(by.id)))
        throw new UserError(`You asked for ${MOST_OFFERS} codes: wait ${CODE_MIN} minutes.`);
      const earlier = await latestOf(by.id, platform);
      if (earlier) await replace(earlier, by);
      const code = newCode();
      const id = linkIdOf(code) ?? '';
      const at = now();
      const expiresAt = new Date(at.getTime() + CODE_MS).toISOString();
      const times = { offeredAt: at.toISOString(), changedAt: at.toISOString(), expiresAt };
      const fresh = {
        id,
        operator: by.id,
        from,
        platform,
        state: 'offered',
        by: by.id,
        account: by.account,
        revision: 1,
        told: 0,
      } as const;
      const link = await links.update(id, (current) => current ?? { ...fresh, ...times });
      if (link) await settle(link);
      return { code, platform, expiresAt };
    },
    async bring({ code, account, inPublic }) {
      const id = linkIdOf(code);
      if (id === undefined) throw new UserError(UNKNOWN);
      const may = await attempts.mayTry(account);
      // A code that others read is burnt in any case.
      if (!may && !inPublic) throw new UserError(TOO_MANY);
      const otherwise = inPublic ? READ_BY_OTHERS : NOT_VALID;
      const act = (): Promise<AccountLink> =>
        decide(id, (current) => prove(current, { ...around(), account, inPublic }), otherwise);
      if (!may) return act();
      const who = fleets.current().speaker(account.platform, account.handle)?.id ?? STRANGER;
      return audited({ deed: 'try', by: { id: who, account: accountName(account) }, about: id }, act);
    },
    approve: (id, by) =>
      audited({ deed: 'approve', by, about: id }, () => decide(id, (link) => approve(link, by, around()))),
    deny: (id, by, reason) =>
      audited({ deed: 'deny', by, about: id }, () =>
        decide(id, (link) => ({ link: end(link, by, { state: 'denied', reason, now: now() }) })),
      ),
    async remove({ platform, operator }, by) {
      const found = await latestOf(operator, platform);
      if (!found) throw new UserError(`${whoseWords(operator, by)} no linked account on ${platform}.`);
      const { id } = found;
      return audited({ deed: 'remove', by, about: id }, () =>
        decide(id, (link) => ({ link: end(link, by, { state: 'removed', now: now() }) })),
      );
    },
    async sweep() {
      const at = now();
      for (const link of await links.list(SWEPT)) {
        const next = judged(link, fleets.file(), at);
        if (next !== link) {
          const stands = await links.update(
            link.id,
            (current) => current && judged(current, fleets.file(), at),
          );
          if (stands) await telling.settle(stands);
        } else if (link.told < link.revision && isLeft(link, at)) {
          await telling.settle(link);
        }
      }
    },
  };

  /** One that waits for its code gives way to a new one; one that is proven must be ended by hand. */
  async function replace(earlier: AccountLink, by: Actor): Promise<void> {
    if (earlier.state !== 'offered')
      throw new UserError(
        `An account on ${earlier.platform} waits for a coordinator: \`link remove ${earlier.platform}\` takes it back.`,
      );
    const reason = 'a newer code was asked for';
    await decide(earlier.id, (link) => ({ link: end(link, by, { state: 'removed', reason, now: now() }) }));
  }
}

const whoseWords = (operator: string, by: Actor): string =>
  operator === by.id ? 'You have' : `${operator} has`;
