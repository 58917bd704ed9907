import { expect, test } from 'vitest';

import { getFrom } from '#src/nodes/corda/http.ts';
import { differenceBetween, readParameters } from '#src/nodes/corda/network-parameters.ts';
import { parametersFile } from '#test/stand-ins/corda/serialised.ts';
import { networkMap, targetOf } from './looking.ts';

const one = parametersFile(1);
const notaries = parametersFile(2, { notaries: ['O=Notary', 'O=Second'] });
const platform = parametersFile(3, { platform: 5, notaries: ['O=Notary', 'O=Second'] });

async function mapWith(...files: readonly ReturnType<typeof parametersFile>[]) {
  const map = await networkMap();
  for (const { hash, file } of files) map.parameters.set(hash, file);
  const { node } = targetOf({});
  return { map, get: getFrom({ node, signal: AbortSignal.timeout(5_000) }) };
}

test.each([
  [
    'a second notary',
    one,
    notaries,
    true,
    ['epoch: 1 → 2', 'notaries: ["O=Notary"] → ["O=Notary","O=Second"]'],
  ],
  [
    'a newer platform too',
    one,
    platform,
    false,
    ['epoch: 1 → 3', 'minimumPlatformVersion: 4 → 5', 'notaries: ["O=Notary"] → ["O=Notary","O=Second"]'],
  ],
  ['the epoch only', one, parametersFile(9), true, ['epoch: 1 → 9']],
])(
  '%s: what changes, and whether nodes take it while they run',
  async (_name, from, to, hotLoadable, changes) => {
    const { map, get } = await mapWith(from, to);
    const [before, after] = await Promise.all(
      [from, to].map(({ hash }) => readParameters(map.url, hash, get)),
    );
    expect(before && after && differenceBetween(before, after)).toEqual({ hotLoadable, changes });
  },
);

test('parameters that are not what their hash says are not believed', async () => {
  const { map, get } = await mapWith();
  map.parameters.set(notaries.hash, one.file);
  await expect(readParameters(map.url, notaries.hash, get)).rejects.toThrow(
    'something else than the parameters',
  );
  expect(await readParameters(map.url, one.hash, get)).toBeUndefined();
  map.fault = 'error';
  await expect(readParameters(map.url, one.hash, get)).rejects.toMatchObject({ reason: 'unavailable' });
});
