import type { LogLine, RunLogs } from '#src/domain/remedy.ts';

/** What one run says, as it happens. Never fails: a log that cannot be written disturbs no run. */
export type Say = (words: string) => Promise<void>;

interface Options {
  readonly id: string;
  readonly logs: RunLogs;
  readonly now: () => Date;
  /** Takes secrets out. */
  readonly hide: (words: string) => string;
  /** A line could not be written. */
  readonly failed: (error: unknown) => void;
}

const LONGEST_LINE = 400;
/** Of what is said at once; of more, the last ones say how it ended. */
const MOST_LINES = 60;

export function createRunLog({ id, logs, now, hide, failed }: Options): Say {
  return async (words) => {
    const lines = hide(words)
      .toWellFormed()
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '');
    const dropped = Math.max(0, lines.length - MOST_LINES);
    const kept = [...(dropped > 0 ? [`… ${dropped} lines before`] : []), ...lines.slice(dropped)];
    try {
      const at = now().toISOString();
      await logs.add(
        id,
        kept.map((line) => ({ at, words: shortened(line) })),
      );
    } catch (error) {
      failed(error);
    }
  };
}

const shortened = (line: string): string =>
  line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1).toWellFormed()}…` : line;

/** The log as text, a line each with its time in UTC. */
export const logText = (lines: readonly LogLine[]): string =>
  lines.map(({ at, words }) => `${at.slice(0, 19).replace('T', ' ')}  ${words}`).join('\n');
