import { type DestinationStream, type LevelWithSilent, type Logger, destination, pino } from 'pino';

import { redacted, withoutSecrets } from './redaction.ts';

interface Options {
  readonly level: LevelWithSilent;
  /** Values that no line may show; looked at anew for each line. */
  readonly secrets?: Iterable<string> | undefined;
  /** Default: standard error, written at once; short lines for a person at a terminal, else JSON. */
  readonly stream?: DestinationStream | undefined;
}

const plain = (record: object): Record<string, unknown> => redacted(record) as Record<string, unknown>;

/** The log. Secrets are hidden by their key at any depth, and by their value wherever it stands. */
export function createLogger({ level, secrets = [], stream }: Options): Logger {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: plain },
      // pino's own would be given what `plain` has made already.
      serializers: { err: (error: unknown) => error },
      hooks: { streamWrite: (line) => withoutSecrets(line, secrets) },
    },
    stream ?? standardError(),
  );
  // A child does not have its bindings formatted; its own children inherit this from it.
  const { child } = logger;
  logger.child = function (this: Logger, bindings, options) {
    return child.call(this, plain(bindings), options);
  } as Logger['child'];
  return logger;
}

function standardError(): DestinationStream {
  const stderr = destination({ fd: 2, sync: true });
  if (!process.stderr.isTTY) return stderr;
  return { write: (line) => void stderr.write(forPerson(line)) };
}

/** `12:34:56 warn  fleet taken in  nodes=3`; a line that is none of ours stays as it is. */
export function forPerson(line: string): string {
  try {
    const { time, level, msg, err, ...facts } = JSON.parse(line) as Record<string, unknown>;
    const shown = Object.entries(facts).map(([name, fact]) => `${name}=${wordOf(fact)}`);
    const failure = err as { readonly message?: unknown; readonly stack?: unknown } | undefined;
    const words = [String(time).slice(11, 19), String(level).padEnd(5), wordOf(msg, ''), ...shown];
    if (failure) words.push(wordOf(level === 'error' ? (failure.stack ?? failure.message) : failure.message));
    return `${words.join(' ')}\n`;
  } catch {
    return line;
  }
}

const wordOf = (fact: unknown, none = '-'): string =>
  typeof fact === 'string' ? fact : (JSON.stringify(fact) ?? none);
