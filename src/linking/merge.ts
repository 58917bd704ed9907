import { type Fleet, fleetOf } from '#src/domain/fleet.ts';
import { type Account, type AccountLink, accountName } from '#src/domain/linking.ts';

/** A link that counts no longer, and why. */
export interface Broken {
  readonly link: AccountLink;
  readonly why: string;
}

/** Why a link cannot stand beside the fleet file: the file wins. Undefined when it can. */
export function conflictOf(file: Fleet, link: AccountLink): string | undefined {
  const { operator: id, from, platform, handle } = link;
  const operator = file.operator(id);
  if (!operator) return `the fleet file has no operator ${id} any more`;
  if (operator.handles[from.platform] !== from.handle)
    return `the fleet file does not give ${id} the account ${accountName(from)} any more, which had asked for it`;
  const own = operator.handles[platform];
  if (own !== undefined) return `the fleet file gives ${id} the account ${platform}:${own}`;
  const other = handle === undefined ? undefined : file.speaker(platform, handle);
  return other && `the fleet file gives ${platform}:${handle} to ${other.id}`;
}

/** The fleet with the accounts that were linked, and the links that the file, or an earlier link, contradicts. */
export function merge(
  file: Fleet,
  standing: readonly AccountLink[],
): { readonly fleet: Fleet; readonly broken: readonly Broken[] } {
  const broken: Broken[] = [];
  const taken = new Set<string>();
  const added = new Map<string, Account[]>();
  for (const link of standing.toSorted(byApproval)) {
    const { operator, platform, handle = '' } = link;
    const place = `${operator} ${platform}`;
    const account = accountName({ platform, handle });
    const isSecond = taken.has(place) || taken.has(account);
    const why = conflictOf(file, link) ?? (isSecond ? 'another link was confirmed before it' : undefined);
    if (why !== undefined) {
      broken.push({ link, why });
      continue;
    }
    taken.add(place).add(account);
    added.set(operator, [...(added.get(operator) ?? []), { platform, handle }]);
  }
  if (added.size === 0) return { fleet: file, broken };
  const operators = file.operators.map((operator) => {
    const further = (added.get(operator.id) ?? []).map(({ platform, handle }) => [platform, handle]);
    return { ...operator, handles: { ...Object.fromEntries(further), ...operator.handles } };
  });
  return { fleet: fleetOf({ ...file, operators }), broken };
}

const byApproval = (one: AccountLink, other: AccountLink): number =>
  `${one.approvedAt} ${one.id}` < `${other.approvedAt} ${other.id}` ? -1 : 1;
