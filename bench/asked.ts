import { parseArgs } from 'node:util';

/** One flag of a program: `--name value`. */
interface Flag<Value> {
  readonly words: string;
  /** How its value is written in the help. */
  readonly form: string;
  readonly otherwise: Value;
  /** The default as it is written; '' = there is none. */
  readonly usual: string;
  /** Throws what is wanted instead. */
  read(text: string): Value;
}

/** Stops with what is wanted, upon which nothing is run. */
const wants = (what: string): never => {
  throw new Error(`wants ${what}`);
};

const wholeOf = (text: string): number =>
  /^\d+$/.test(text) && Number(text) > 0 ? Number(text) : wants('a whole number above 0');

export const whole = (otherwise: number, words: string): Flag<number> => ({
  words,
  form: 'N',
  otherwise,
  usual: ` (${otherwise})`,
  read: wholeOf,
});

export const wholes = (otherwise: readonly number[], words: string): Flag<readonly number[]> => ({
  words,
  form: 'N,N,…',
  otherwise,
  usual: ` (${otherwise.join(',')})`,
  read: (text) => text.split(',').map(wholeOf),
});

export const oneOf = <Name extends string>(
  names: readonly Name[],
  words: string,
): Flag<Name | undefined> => ({
  words,
  form: names.join('|'),
  otherwise: undefined,
  usual: '',
  read: (text) => names.find((name) => name === text) ?? wants(names.join(', ')),
});

export const file = (words: string): Flag<string | undefined> => ({
  words,
  form: 'FILE',
  otherwise: undefined,
  usual: '',
  read: (text) => (text === '' ? wants('a name') : text),
});

type Flags = Readonly<Record<string, Flag<unknown>>>;
type Asked<F extends Flags> = { readonly [Name in keyof F]: ReturnType<F[Name]['read']> };

/** What the program was asked for. `--help` and whatever is not understood end it here, with 0 and 2. */
export function asked<const F extends Flags>(program: string, flags: F): Asked<F> {
  const options = Object.fromEntries(Object.keys(flags).map((name) => [name, { type: 'string' as const }]));
  try {
    const found = parseArgs({ options: { ...options, help: { type: 'boolean' } } });
    const values: Readonly<Record<string, string | boolean | undefined>> = found.values;
    if (values['help'] === true) {
      process.stdout.write(helpOf(program, flags));
      process.exit(0);
    }
    const read = Object.entries(flags).map(([name, flag]) => {
      const text = values[name];
      try {
        return [name, typeof text === 'string' ? flag.read(text) : flag.otherwise];
      } catch (error) {
        throw new Error(`--${name} ${(error as Error).message}`, { cause: error });
      }
    });
    return Object.fromEntries(read) as Asked<F>;
  } catch (error) {
    const [why = ''] = (error as Error).message.split(/\. |\n/);
    process.stderr.write(`${program}: ${why}; --help lists what can be asked\n`);
    process.exit(2);
  }
}

function helpOf(program: string, flags: Flags): string {
  const rows = Object.entries(flags).map(
    ([name, { form, words, usual }]) => [`--${name} ${form}`, `${words}${usual}`] as const,
  );
  const lines = [...rows, ['--help', 'this'] as const];
  const width = Math.max(...lines.map(([flag]) => flag.length));
  const list = lines.map(([flag, words]) => `  ${flag.padEnd(width)}  ${words}\n`).join('');
  return `npm run ${program} -- [flags]\n\n${list}\nbench/README.md says what it shows.\n`;
}
