import type { CheckResult, Limit, ServiceHealth } from '#src/domain/finding.ts';
import type { Fleets } from '#src/domain/fleet.ts';
import type { Target } from '#src/domain/node.ts';
import type { Level } from '#src/domain/patrol.ts';
import type { Voice, Voices } from '#src/domain/voice.ts';
import type { Cases } from './cases.ts';
import type { dampingsOf } from './dampings.ts';
import { dueLevel } from './condition.ts';
import { seen, settle } from './decide.ts';
import { durationInWords } from './in-words.ts';

interface NetworksNeeds {
  readonly cases: Cases;
  readonly voices: Pick<Voices, 'hear'>;
  readonly fleets: Fleets;
  readonly dampings: ReturnType<typeof dampingsOf>;
  readonly now: () => Date;
}

/** What concerns all daemons of a coin at once. */
export interface Networks {
  /** The alerts of a look that are its network's matter, not its own. */
  mattersOf(target: Target, health: ServiceHealth): Promise<ReadonlySet<string>>;
  /** Raises and takes back the network's alert, now and then. */
  saw(target: Target, health: ServiceHealth): Promise<void>;
}

/** The alert of a single daemon whose tip is old, and the one that stands for all of them. */
const OWN = 'TipOld';
const STUCK = 'NetworkStuck';

/** So many nodes must have spoken. */
const QUORUM = 3;
/** What is older tells nothing of now. */
const FRESH_MS = 10 * 60_000;
/** So many of them may be ahead, and the network stands still all the same. */
const MOST_AHEAD = 0.2;
/** A coin is judged no more often than this by one process. */
const EVERY_MS = 5_000;

const NONE: ReadonlySet<string> = new Set();

/** How the network of a coin stands. */
interface Standing {
  readonly level: Level;
  /** When the block was found that most have as their newest, milliseconds since 1970. */
  readonly tipAt: number;
  readonly height: number;
  readonly nodes: number;
}

export function createNetworks({ cases, voices, fleets, dampings, now }: NetworksNeeds): Networks {
  const judged = new Map<string, number>();

  async function voicesOf(coin: string): Promise<readonly Voice[]> {
    const fleet = fleets.current();
    const oldest = now().getTime() - FRESH_MS;
    return (await voices.hear(coin)).filter(
      (voice) =>
        !voice.syncing &&
        voice.tipAt !== undefined &&
        Date.parse(voice.at) >= oldest &&
        fleet.target(voice.node, voice.service)?.service.coin === coin,
    );
  }

  async function standingOf(coin: string, limits: readonly Limit[]): Promise<Standing | undefined> {
    const heard = await voicesOf(coin);
    const nodes = new Set(heard.map(({ node }) => node)).size;
    if (nodes < QUORUM) return undefined;
    const newestFirst = heard
      .map(({ tipAt = '', height }) => ({ tipAt: Date.parse(tipAt), height }))
      .toSorted((a, b) => b.tipAt - a.tipAt);
    const most = newestFirst[Math.floor(heard.length * MOST_AHEAD)];
    if (!most) return undefined;
    const ageS = (now().getTime() - most.tipAt) / 1_000;
    const passed = limits.filter(({ at }) => ageS > at);
    const level = passed.some(({ severity }) => severity === 'critical') ? 2 : passed.length > 0 ? 1 : 0;
    return { level, ...most, nodes };
  }

  return {
    async mattersOf({ service: { coin } }, health) {
      const tip = tipIn(health);
      if (coin === undefined || !tip || tip.finding.state === 'up') return NONE;
      const standing = await standingOf(coin, tip.figure.limits);
      if (!standing || standing.level === 0) return NONE;
      const ownTipAt = now().getTime() - tip.figure.value * 1_000;
      // Seconds apart is the same block, seen at two moments.
      return ownTipAt >= standing.tipAt - 60_000 ? new Set([OWN]) : NONE;
    },
    async saw({ service: { coin } }, health) {
      const tip = tipIn(health);
      const at = now();
      if (coin === undefined || !tip || at.getTime() - (judged.get(coin) ?? 0) < EVERY_MS) return;
      judged.set(coin, at.getTime());
      const standing = await standingOf(coin, tip.figure.limits);
      if (!standing) return;
      const damping = dampings(fleets.current().patrol.damping);
      await cases.change({ coin }, (before) => {
        if (standing.level === 0 && before.conditions.length === 0)
          return { remembered: before, signals: [] };
        const sight = sightOf(coin, standing, at);
        const conditions = seen(before.conditions, sight, damping).map((one) =>
          settle(one, dueLevel(one, damping(STUCK), sight.at), {
            at: sight.at,
            may: true,
            labels: () => ({ coin }),
          }),
        );
        return {
          remembered: { contacts: {}, conditions: conditions.map(({ condition }) => condition) },
          signals: conditions.flatMap(({ signals }) => signals),
        };
      });
    },
  };
}

/** The result that tells how old the newest block is, where it was measured against limits. */
function tipIn({ results }: ServiceHealth) {
  const tip = results.find(({ alertname }) => alertname === OWN);
  return tip && isMeasured(tip) ? tip : undefined;
}

interface Measured extends CheckResult {
  readonly figure: NonNullable<CheckResult['figure']> & { readonly limits: readonly Limit[] };
}

const isMeasured = (result: CheckResult): result is Measured => result.figure?.limits !== undefined;

function sightOf(coin: string, { level, tipAt, height, nodes }: Standing, at: Date) {
  const age = durationInWords(at.getTime() - tipAt);
  return {
    check: 'network',
    alertname: STUCK,
    level,
    at: at.toISOString(),
    annotations: {
      summary: `${coin} stands still: its newest block on most of ${nodes} nodes is ${age} old, at height ${height}`,
      seen: age,
      since: new Date(tipAt).toISOString(),
      description:
        'The network itself finds no block: restarting daemons changes nothing. Tell the coordinators, and look at an explorer.',
      runbook: STUCK,
    },
  } as const;
}
