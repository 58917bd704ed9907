import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { parse } from 'dotenv';

import { wordsOf } from '#src/domain/errors.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** The variables a process is given: the environment first, then `.env`; each also as NAME_FILE. */
export interface Variables {
  /** Trimmed; undefined when it is not set or empty. A fault is reported in words, without the value, and reads as undefined. */
  read(name: string, report: Report): string | undefined;
  /** Whether it is set, well or badly. */
  has(name: string): boolean;
  readonly sources: readonly Source[];
}

export type Report = (fault: string) => void;

export interface Source {
  readonly name: 'environment' | '.env';
  readonly values: Env;
}

/** Reports a `.env` that cannot be read. */
export function variablesOf(env: Env, cwd: string, report: Report): Variables {
  const sources: readonly Source[] = [
    { name: 'environment', values: env },
    { name: '.env', values: dotenvIn(cwd, report) },
  ];
  const sourceOf = (name: string): Env =>
    sources.find(({ values }) => values[name] !== undefined || values[`${name}_FILE`] !== undefined)
      ?.values ?? {};

  function fromFile(name: string, file: string, report: Report): string | undefined {
    try {
      const value = readFileSync(resolve(cwd, file), 'utf8').trim();
      if (value) return value;
      report(`${name}_FILE: ${file} is empty`);
    } catch (error) {
      report(`${name}_FILE: cannot be read (${wordsOf(error)})`);
    }
    return undefined;
  }

  return {
    sources,
    has(name) {
      const values = sourceOf(name);
      return Boolean(values[name]?.trim() || values[`${name}_FILE`]?.trim());
    },
    read(name, report) {
      const values = sourceOf(name);
      const [value, file] = [values[name]?.trim(), values[`${name}_FILE`]?.trim()];
      if (value && file) {
        report(`${name}: given twice, as ${name} and as ${name}_FILE: keep one of them`);
        return undefined;
      }
      return file ? fromFile(name, file, report) : value || undefined;
    },
  };
}

function dotenvIn(cwd: string, report: Report): Env {
  try {
    return parse(readFileSync(resolve(cwd, '.env')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      report(`.env: cannot be read (${wordsOf(error)})`);
    }
    return {};
  }
}
