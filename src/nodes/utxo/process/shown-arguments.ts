import { createHash } from 'node:crypto';

const HIDDEN = '•••';
/** Names whose values nobody may see. `key` hides a few harmless ones too; that is the cheaper mistake. */
const SECRET = /pass|pwd|key|secret|token|seed|auth|user|cred|mnemonic|priv|wif/i;

/** A command line as people may see it: values with a secret's name, and passwords in addresses, are hidden. */
export function shownArguments(argv: readonly string[]): readonly string[] {
  return argv.map((word, index) => {
    const before = argv[index - 1] ?? '';
    const isValue = !word.startsWith('-') && before.startsWith('-') && !before.includes('=');
    if (isValue && SECRET.test(before)) return HIDDEN;
    const at = word.indexOf('=');
    const name = at > 0 ? word.slice(0, at) : '';
    if (SECRET.test(name)) return `${name}=${HIDDEN}`;
    return word.replace(/(\w+:\/\/)[^ \t\n\v\f\r/@]*@/g, `$1${HIDDEN}@`);
  });
}

/** Tells command lines apart without telling what is in them; of what is shown only, so that no secret can be guessed from it. */
export const argumentsDigest = (argv: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify(shownArguments(argv)))
    .digest('hex')
    .slice(0, 16);
