import { appendFileSync } from 'node:fs';

import { startIguana } from './iguana.ts';

/** An iguana that knows nothing yet, as a process: `program.ts PORT LOG`. What it is told stands in the log, a line of JSON each. */
const [port, log = ''] = process.argv.slice(2);
const write = (line: object): void => appendFileSync(log, `${JSON.stringify(line)}\n`);

const iguana = await startIguana({
  port: Number(port),
  heard(call) {
    write(call);
    // A call that ends the real one ends this one.
    setImmediate(() => iguana.crashed && process.exit(1));
  },
});
[iguana.coins, iguana.rows, iguana.activeAfter] = [[], 'never', 1];
write({ began: process.pid });

process.once('SIGTERM', () => {
  write({ ended: process.pid });
  process.exit(0);
});
