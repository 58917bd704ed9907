const endings: (() => void)[] = [];

process.on('exit', () => {
  for (const work of endings) work();
});
// By this signal vitest ends its workers; without a listener a process dies of it before any 'exit'.
process.once('SIGTERM', () => process.exit(143));

/** Does the work, which cannot wait for anything, when this process ends and nobody has killed it outright. */
export function atEnd(work: () => void): void {
  endings.push(work);
}
