import { flushCompileCache } from 'node:module';

import { startApp } from './app.ts';
import { ConfigError } from './config/error.ts';
import { loadConfig } from './config/load.ts';
import { OutsideError, UserError } from './domain/errors.ts';
import { createLogger } from './log.ts';
import { FleetError } from './registry/fault.ts';

/** A clean end takes less; what hangs longer is cut off. */
const STOP_MS = 4_500;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Faults that whoever started it can mend: words, no stack. */
const isExplained = (error: unknown): error is Error =>
  [ConfigError, FleetError, UserError, OutsideError].some((kind) => error instanceof kind);

async function main(): Promise<void> {
  const config = loadConfig(process.env, process.cwd());
  const logger = createLogger({ level: config.logLevel, secrets: config.secrets });
  const stop = Promise.withResolvers<string>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop.resolve);
  const app = await startApp({ config, logger, say });
  if (config.ingressTokenFile) say(`Ingress token: ${config.ingressTokenFile}`);
  for (const name of config.unused) say(`${name}: set, but of no use without Discord or Matrix`);
  if (app.url) say(`${config.trial ? 'Trial' : 'Ingress and API'}: ${app.url}`);
  say('Ready. Ctrl-C ends it.');
  // Now, not at the end: a killed process has none. What is kept where is NODE_COMPILE_CACHE's matter.
  flushCompileCache();
  await stop.promise;
  say('Ending …');
  setTimeout(() => process.exit(1), STOP_MS).unref();
  await app[Symbol.asyncDispose]();
  // What was not over within its bound must not hold up the end: it is taken up again by whoever works next.
  process.exit(0);
}

try {
  await main();
} catch (error) {
  if (!isExplained(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
