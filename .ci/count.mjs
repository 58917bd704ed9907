// Prints how many tests of vitest's JSON report passed and how many failed; a report that is missing has none.
import { readFileSync } from 'node:fs';

let report = {};
try {
  report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
} catch {
  // The run ended before it could write one; its exit status says so.
}
process.stdout.write(`${report.numPassedTests ?? 0} ${report.numFailedTests ?? 0}\n`);
