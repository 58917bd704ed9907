import { readFileSync } from 'node:fs';

import { parse } from 'dotenv';
import { expect, test } from 'vitest';

import { Environment, VARIABLES } from '#src/config/schema.ts';
import { root } from '#test/real/root.ts';

const text = readFileSync(`${root}/.env.example`, 'utf8');
const lines = text.split('\n');
const fleetSecrets = lines.findIndex((line) => line.includes('Secrets of the fleet file'));
const shown = lines.slice(0, fleetSecrets).flatMap((line) => /^# ([A-Z][A-Z_]*)=(.*)$/.exec(line)?.[1] ?? []);

test('.env.example shows every variable of the schema, and no other', () => {
  expect(shown.toSorted()).toEqual([...VARIABLES].toSorted());
});

test('what .env.example gives as values are values that work, and the defaults are the defaults', () => {
  const uncommented = parse(
    lines
      .slice(0, fleetSecrets)
      .join('\n')
      .replaceAll(/^# ([A-Z][A-Z_]*=)/gm, '$1'),
  );
  const given = Object.fromEntries(Object.entries(uncommented).filter(([, value]) => value !== ''));
  const { PUBLIC_URL, MATRIX_HOMESERVER_URL, ...defaults } = Environment.parse(given);
  expect([PUBLIC_URL, MATRIX_HOMESERVER_URL]).not.toContain(undefined);
  expect(defaults).toEqual(Environment.parse({}));
});

test('nothing in .env.example is set, so that a copy of it changes nothing', () => {
  expect(parse(text)).toEqual({});
});
