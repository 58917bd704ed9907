import type { Alerting } from '#src/domain/alert.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Linking } from '#src/domain/linking.ts';
import type { Suggest } from '#src/domain/menu.ts';
import type { Broadcast, Notice } from '#src/domain/notice.ts';
import type { Remediation } from '#src/domain/remedy.ts';
import type { Silences } from '#src/domain/silence.ts';

interface CompleteNeeds {
  readonly fleets: Fleets;
  readonly alerting: Alerting;
  readonly broadcast: Broadcast;
  readonly linking: Pick<Linking, 'list'>;
  readonly remediation: Remediation;
  readonly silences: Silences;
  readonly now: () => Date;
}

/** Discord shows no more. */
const MOST = 25;

/** What a person may mean by what is typed so far: beginnings first, then what contains it. */
export function createComplete(
  needs: CompleteNeeds,
): (suggest: Suggest, typed: string, platform: string, handle: string) => Promise<readonly string[]> {
  const { fleets, alerting, broadcast, linking, remediation, silences, now } = needs;

  const ids = (list: readonly { readonly id: string }[]): readonly string[] => list.map(({ id }) => id);
  const noticesIn = async (state: Notice['state']): Promise<readonly string[]> =>
    ids((await broadcast.list()).filter((notice) => notice.state === state));

  const sources: Record<Suggest, () => readonly string[] | Promise<readonly string[]>> = {
    node: () => ids(fleets.current().nodes),
    seat: () => ids(fleets.current().seats),
    coin: () => ids(fleets.current().coins),
    service: () => fleets.current().nodes.flatMap((node) => ids(node.services)),
    alert: async () => ids(await alerting.list({ status: 'firing', limit: 100 })),
    notice: async () => ids(await broadcast.list()),
    remedy: () => ids(remediation.remedies),
    request: async () => ids(await remediation.list(50)),
    silence: async () => ids(await silences.list(now())),
    team: () => fleets.current().operators.map(({ team }) => team),
    operator: () => ids(fleets.current().operators),
    subject: () => [
      ...ids(fleets.current().nodes),
      ...ids(fleets.current().seats),
      ...ids(fleets.current().coins),
    ],
    acknowledgeable: async () => [...(await sources.alert()), ...(await noticesIn('sent'))],
    cancellable: async () =>
      ids(
        (await remediation.list(50)).filter(({ state }) =>
          ['requested', 'approved', 'running'].includes(state),
        ),
      ),
    decidable: async () => {
      const open = (await remediation.list(50)).filter(({ state }) => state === 'requested');
      const links = (await linking.list()).filter(({ state }) => state === 'proven');
      return [...ids(open), ...(await noticesIn('draft')), ...ids(links)];
    },
  };

  return async (suggest, typed, platform, handle) => {
    if (!fleets.current().speaker(platform, handle)) return [];
    const part = typed.toLowerCase();
    const found = (await sources[suggest]()).filter((word) => word.toLowerCase().includes(part));
    const begins = found.filter((word) => word.toLowerCase().startsWith(part));
    return [...new Set([...begins, ...found])].slice(0, MOST);
  };
}
