import { compareReleases, readRelease } from './release.ts';

/** What a node must run, or must have accepted, so that a notice is fulfilled. */
export interface Requirement {
  readonly version?: string | undefined;
  readonly commit?: string | undefined;
  /** Hash of the network parameters to accept. */
  readonly parameters?: string | undefined;
}

/** What a node was seen with, each as the node says it. */
export interface Seen {
  readonly version?: string | undefined;
  readonly commit?: string | undefined;
  readonly parameters?: string | undefined;
}

/** `unknown` where what was seen does not decide it: never a guess. */
export const STANDINGS = ['satisfied', 'unknown', 'older'] as const;
export type Standing = (typeof STANDINGS)[number];

export interface Judgement {
  readonly standing: Standing;
  /** What is there, and how that stands to what is asked. */
  readonly words: string;
}

/** How what a node was seen with stands to what a notice asks; where it asks several things, the worst of them. */
export function standingOf(requirement: Requirement, seen: Seen): Judgement {
  const parts = [judgeCode(requirement, seen), judgeParameters(requirement, seen)].filter(
    (part) => part !== undefined,
  );
  const standing = parts.reduce<Standing>(
    (worst, part) => (STANDINGS.indexOf(part.standing) > STANDINGS.indexOf(worst) ? part.standing : worst),
    parts.length > 0 ? 'satisfied' : 'unknown',
  );
  return { standing, words: parts.map(({ words }) => words).join('; ') || 'nothing is asked of it' };
}

/** What was seen, in few words. */
export const seenWords = ({ version, commit, parameters }: Seen): string =>
  [version ?? commitWords(commit), parameters && `parameters ${shortened(parameters)}`]
    .filter(Boolean)
    .join(', ') || 'nothing that tells';

/** Whether a node can show that it fulfils this. */
export const isProvable = ({ version, commit, parameters }: Requirement): boolean =>
  (version ?? commit ?? parameters) !== undefined;

/** The rule by which nodes prove that they fulfil this, for people to read. */
export function ruleWords({ version, commit, parameters }: Requirement): string {
  const rules = [
    version && `${version} or later (a hotfix such as -2 is later, -rc and -beta are earlier)`,
    version && commit && `where it tells its commit of that version, ${shortened(commit)}`,
    !version && commit && `commit ${shortened(commit)}, where the node tells its commit`,
    parameters && `network parameters ${shortened(parameters)} accepted`,
  ].filter(Boolean);
  return rules.length > 0
    ? `Once the node is seen with ${rules.join('; ')}`
    : 'No node can prove it: no version, commit or parameters are named';
}

const SHORT = 12;
const shortened = (hex: string): string => (hex.length > SHORT ? `${hex.slice(0, SHORT)}…` : hex);
const commitWords = (commit: string | undefined): string | undefined =>
  commit && `commit ${shortened(commit)}`;

const sameText = (a: string, b: string): boolean => bare(a) === bare(b);
const bare = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/^v(?=\d)/, '');

/** Short and long form of one commit. */
export function sameCommit(a: string, b: string): boolean {
  const [short = '', long = ''] = [a.toLowerCase(), b.toLowerCase()].toSorted((x, y) => x.length - y.length);
  return short.length >= 7 && long.startsWith(short);
}

function judgeCode(requirement: Requirement, seen: Seen): Judgement | undefined {
  const { version } = requirement;
  const asked = version === undefined ? {} : readRelease(version);
  const commit = requirement.commit ?? asked.commit;
  if (version === undefined && commit === undefined) return undefined;
  const running = seen.version === undefined ? {} : readRelease(seen.version);
  const built = seen.commit ?? running.commit;
  if (seen.version === undefined && built === undefined)
    return { standing: 'unknown', words: 'does not tell what it runs' };

  const runs = `runs ${seenWords({ version: seen.version, commit: built })}`;
  const wanted = version ?? commitWords(commit);
  const satisfied: Judgement = { standing: 'satisfied', words: runs };
  const unknown = (why: string): Judgement => ({ standing: 'unknown', words: `${runs}: ${why}` });
  if (commit !== undefined && built !== undefined && sameCommit(commit, built)) return satisfied;
  if (version === undefined || asked.commit !== undefined) {
    return unknown(
      built === undefined
        ? `it does not tell its commit, ${wanted} is asked`
        : `another commit than ${shortened(commit ?? '')}, whether older or newer cannot be told`,
    );
  }
  const order =
    seen.version !== undefined && sameText(version, seen.version) ? 0 : compareReleases(running, asked);
  if (order === undefined) return unknown(`whether that is ${wanted} or later cannot be told`);
  if (order < 0) return { standing: 'older', words: `${runs}, older than ${wanted}` };
  if (order === 0 && commit !== undefined && built !== undefined)
    return unknown(`built from another commit than ${shortened(commit)}`);
  return satisfied;
}

/** Only the latest parameters can be accepted: whoever has accepted others has not accepted these. */
function judgeParameters({ parameters }: Requirement, seen: Seen): Judgement | undefined {
  if (parameters === undefined) return undefined;
  if (seen.parameters === undefined)
    return { standing: 'unknown', words: 'does not tell which parameters it accepted' };
  return sameText(parameters, seen.parameters)
    ? { standing: 'satisfied', words: `accepted parameters ${shortened(parameters)}` }
    : {
        standing: 'older',
        words: `accepted parameters ${shortened(seen.parameters)}, not ${shortened(parameters)}`,
      };
}
