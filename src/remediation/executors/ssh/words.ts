/** Longest argument that Linux hands to a program, and the whole command is one to the shell there. */
const MOST_BYTES = 128 * 1024;

/**
 * The command line that a POSIX shell takes for exactly these words, with no input: sshd knows no words, only a
 * line that the user's shell reads. Throws RangeError for what no program can be given.
 */
export function commandOf(argv: readonly [string, ...string[]]): string {
  if (argv.some((word) => word.includes('\0'))) throw new RangeError('a word cannot hold a zero byte');
  const command = `${argv.map(quoted).join(' ')} </dev/null`;
  if (Buffer.byteLength(command) >= MOST_BYTES) throw new RangeError('longer than a program can be given');
  return command;
}

/** Nothing has a meaning between single quotes but their end. */
const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
