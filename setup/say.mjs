/** A reason to stop that a person can act upon: shown as it is, without a stack. */
export class Refusal extends Error {}

/** One calm line on standard error; standard output belongs to whoever runs next. */
export function say(text) {
  process.stderr.write(`tocsin: ${text}\n`);
}

/** Says what begins, does it, and says in how many seconds it ended well. */
export async function saying(what, work) {
  say(`installing ${what} …`);
  const began = Date.now();
  await work();
  say(`installed ${what} in ${Math.round((Date.now() - began) / 1000)} s`);
}
