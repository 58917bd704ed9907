import type { Alerting } from '#src/domain/alert.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Suggest } from '#src/domain/menu.ts';
import type { Broadcast } from '#src/domain/notice.ts';
import type { Remediation } from '#src/domain/remedy.ts';
import type { Silences } from '#src/domain/silence.ts';

interface CompleteNeeds {
  readonly fleets: Fleets;
  readonly alerting: Alerting;
  readonly broadcast: Broadcast;
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
  const { fleets, alerting, broadcast, remediation, silences, now } = needs;

  const sources: Record<Suggest, () => readonly string[] | Promise<readonly string[]>> = {
    node: () => fleets.current().nodes.map((node) => node.id),
    seat: () => fleets.current().seats.map((seat) => seat.id),
    coin: () => fleets.current().coins.map((coin) => coin.id),
    service: () => [
      ...new Set(
        fleets
          .current()
          .targets()
          .map((target) => target.service.id),
      ),
    ],
    alert: async () => (await alerting.list({ status: 'firing', limit: 100 })).map((alert) => alert.id),
    notice: async () => (await broadcast.list()).map((notice) => notice.id),
    remedy: () => remediation.remedies.map((remedy) => remedy.id),
    request: async () => (await remediation.list(50)).map((request) => request.id),
    silence: async () => (await silences.list(now())).map((silence) => silence.id),
  };

  return async (suggest, typed, platform, handle) => {
    if (!fleets.current().speaker(platform, handle)) return [];
    const part = typed.toLowerCase();
    const found = (await sources[suggest]()).filter((word) => word.toLowerCase().includes(part));
    const begins = found.filter((word) => word.toLowerCase().startsWith(part));
    return [...new Set([...begins, ...found])].slice(0, MOST);
  };
}
