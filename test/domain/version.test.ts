import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';

import { type Requirement, ruleWords, type Seen, standingOf } from '#src/domain/version.ts';

const COMMIT = 'fce5d459f0a83f56a83059c5c69295d7745b51d2';
const HASH = 'ba19fc1b9e9c1c7cbea712efda5f78b53ae4e5d123c89d02c9da44ec50e9c17d';
const OTHER_HASH = HASH.replaceAll('b', 'a');

describe('how a node stands to what is asked', () => {
  it.each<[string, Requirement, Seen, string, string]>([
    ['older', { version: 'v0.9.2-2' }, { version: '0.9.2' }, 'older', 'runs 0.9.2, older than v0.9.2-2'],
    ['the same', { version: 'v0.9.2-2' }, { version: '0.9.2-2' }, 'satisfied', 'runs 0.9.2-2'],
    ['a later hotfix', { version: 'v0.9.2' }, { version: '/MagicBean:0.9.2-2/' }, 'satisfied', 'runs'],
    ['a candidate', { version: 'v0.9.2' }, { version: '0.9.2-rc3' }, 'older', 'older than v0.9.2'],
    ['a number', { version: 'v0.9.2-2' }, { version: '90200' }, 'unknown', 'cannot be told'],
    ['a name without order', { version: 'Ineris' }, { version: 'ineris' }, 'satisfied', 'runs ineris'],
    ['another name', { version: 'Ineris' }, { version: '0.9.2' }, 'unknown', 'cannot be told'],
    ['silent', { version: 'v0.9.2' }, {}, 'unknown', 'does not tell what it runs'],
    [
      'short in long',
      { commit: COMMIT.slice(0, 7) },
      { commit: COMMIT },
      'satisfied',
      'commit fce5d459f0a8…',
    ],
    [
      'long in short',
      { commit: COMMIT },
      { commit: COMMIT.slice(0, 9).toUpperCase() },
      'satisfied',
      'commit',
    ],
    ['a commit in the version', { commit: COMMIT }, { version: 'v0.21.2.1-gfce5d459f0a8' }, 'satisfied', ''],
    ['changed by hand', { commit: COMMIT }, { version: 'v0.21.2.1-gfce5d459f-dirty' }, 'unknown', 'commit'],
    ['another commit', { commit: COMMIT }, { commit: 'a86845f3dc' }, 'unknown', 'whether older or newer'],
    ['no commit told', { commit: COMMIT }, { version: '0.9.2' }, 'unknown', 'does not tell its commit'],
    ['a commit as version', { version: '2651eaf' }, { commit: '2651eaf0aa' }, 'satisfied', ''],
    ['both, version only', { version: '0.9.2', commit: COMMIT }, { version: '0.9.2' }, 'satisfied', ''],
    [
      'both, later',
      { version: '0.9.2', commit: COMMIT },
      { version: '0.9.3', commit: 'a86845f' },
      'satisfied',
      '',
    ],
    [
      'both, older',
      { version: '0.9.2', commit: COMMIT },
      { version: '0.9.1', commit: 'a86845f' },
      'older',
      '',
    ],
    [
      'both, another',
      { version: '0.9.2', commit: COMMIT },
      { version: '0.9.2', commit: 'a86845f' },
      'unknown',
      '',
    ],
    [
      'the commit itself',
      { version: '0.9.2', commit: COMMIT },
      { version: '0.9.1', commit: COMMIT },
      'satisfied',
      '',
    ],
    [
      'accepted',
      { parameters: HASH },
      { parameters: HASH.toUpperCase() },
      'satisfied',
      'accepted parameters',
    ],
    ['not accepted', { parameters: HASH }, { parameters: OTHER_HASH }, 'older', 'not ba19fc1b9e9c…'],
    ['not told', { parameters: HASH }, { version: '4.9' }, 'unknown', 'does not tell which parameters'],
    ['one of two', { version: '4.9', parameters: HASH }, { version: '4.9' }, 'unknown', 'runs 4.9; does not'],
    [
      'worst of two',
      { version: '4.9', parameters: HASH },
      { version: '4.8' },
      'older',
      'older than 4.9; does',
    ],
    ['nothing asked', {}, { version: '0.9.2' }, 'unknown', 'nothing is asked'],
  ])('%s', (_, requirement, seen, standing, words) => {
    const judged = standingOf(requirement, seen);
    expect(judged.standing).toBe(standing);
    expect(judged.words).toContain(words);
  });
});

const hex = fc.string({
  unit: fc.constantFrom(...'0123456789abcdef'.split('')),
  minLength: 40,
  maxLength: 40,
});

test('a commit is told by any seven or more of its first digits, and by no others', () => {
  fc.assert(
    fc.property(hex, fc.integer({ min: 7, max: 40 }), fc.integer({ min: 7, max: 40 }), (commit, a, b) => {
      const seen = { commit: commit.slice(0, a) };
      expect(standingOf({ commit: commit.slice(0, b) }, seen).standing).toBe('satisfied');
      const wrong = commit.slice(0, b - 1) + (commit[b - 1] === '0' ? '1' : '0');
      if (b <= a) expect(standingOf({ commit: wrong }, seen).standing).toBe('unknown');
    }),
  );
});

test('nothing that a node says makes it fail, and only what is asked is satisfied', () => {
  const words = fc.option(fc.string({ maxLength: 120 }), { nil: undefined });
  const any = fc.record({ version: words, commit: words, parameters: words });
  fc.assert(
    fc.property(any, (seen) => {
      expect(standingOf({}, seen).standing).toBe('unknown');
      expect(standingOf({ version: 'v999999.0' }, seen).standing).not.toBe('satisfied');
    }),
  );
});

describe('the rule is written so that people can check it', () => {
  it.each<[Requirement, string]>([
    [{ version: 'v0.9.2-2' }, 'v0.9.2-2 or later (a hotfix such as -2 is later'],
    [{ version: 'v0.9.2', commit: COMMIT }, 'tells its commit of that version, fce5d459f0a8…'],
    [{ commit: COMMIT }, 'commit fce5d459f0a8…, where the node tells its commit'],
    [{ parameters: HASH }, 'network parameters ba19fc1b9e9c… accepted'],
    [{}, 'No node can prove it'],
  ])('%j', (requirement, words) => expect(ruleWords(requirement)).toContain(words));
});
