// Makes this machine ready for what an npm script is about to do, and says nothing when it already is:
//   node setup/ready.mjs            the packages, and a Node 24 at node_modules/.bin/node
//   node setup/ready.mjs redis      and a redis-server
//   node setup/ready.mjs redis e2e  and what the end-to-end tests start
// Runs before anything is installed, on any Node from 20 on: node: modules only.
import { Interrupted, interrupt } from './child.mjs';
import { endToEnd } from './e2e.mjs';
import { locked } from './lock.mjs';
import { packages } from './packages.mjs';
import { redis } from './redis.mjs';
import { Refusal, say } from './say.mjs';

const needs = new Map([
  ['redis', redis],
  ['e2e', endToEnd],
]);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupt(signal));

try {
  await ready(process.argv.slice(2));
} catch (error) {
  if (error instanceof Interrupted) process.exit(error.exitCode);
  say(error instanceof Refusal ? error.message : error.stack);
  process.exit(1);
}

async function ready(words) {
  if (Number.parseInt(process.versions.node, 10) < 20) {
    throw new Refusal(`Node 20 or newer is needed to begin with; this one is ${process.version}.`);
  }
  const unknown = words.find((word) => !needs.has(word));
  if (unknown !== undefined)
    throw new Refusal(`"${unknown}" is not one of: ${[...needs.keys()].join(', ')}.`);

  const wanted = [packages, ...words.map((word) => needs.get(word))];
  if (wanted.every((need) => need.met())) return;
  await locked(async () => {
    for (const need of wanted) if (!need.met()) await need.meet();
  });
}
