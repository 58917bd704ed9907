import { join } from 'node:path';
import { ask, find, mustRun } from './child.mjs';
import { root } from './root.mjs';
import { Refusal, saying } from './say.mjs';

// asRoot: what this program runs; byHand: what a person types who may do more than we may.
const managers = new Map([
  [
    'apt-get',
    {
      needsRoot: true,
      asRoot: (names) => ['sh', join(root, 'setup', 'apt.sh'), ...names],
      byHand: (names) => `apt-get update && sudo apt-get install --no-install-recommends ${names.join(' ')}`,
    },
  ],
  ['dnf', plain(true, ['dnf', 'install', '-y', '--setopt=install_weak_deps=False'])],
  ['apk', plain(true, ['apk', 'add', '--no-cache'])],
  ['brew', plain(false, ['brew', 'install', '--quiet'])],
]);

function plain(needsRoot, words) {
  return {
    needsRoot,
    asRoot: (names) => [...words, ...names],
    byHand: (names) => [...words, ...names].join(' '),
  };
}

/**
 * Installs packages of the distribution, leaving none of their services running or enabled.
 * `names` has them by package manager; where we may not install, one sentence says what to type.
 */
export async function installPackages({ what, names, other = '' }) {
  const [program, manager] = [...managers].find(([program]) => find(program)) ?? [];
  const wanted = names[program];
  const ending = other === '' ? '' : ` ${other},`;
  if (wanted === undefined) {
    throw new Refusal(
      `${what} must be installed, and no package manager is known here: install it,${ending} then run this again.`,
    );
  }
  const prefix = manager.needsRoot ? rootPrefix() : [];
  if (prefix === undefined) {
    throw new Refusal(
      `${what} must be installed: type  sudo ${manager.byHand(wanted)}  ,${ending} then run this again.`,
    );
  }
  const advice = `Install by hand: ${manager.byHand(wanted)}`;
  await saying(what, () =>
    mustRun([...prefix, ...manager.asRoot(wanted)], { withinMs: 20 * 60_000, advice }),
  );
}

function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return find('sudo') && ask('sudo', '-n', 'true') !== undefined ? ['sudo', '-n'] : undefined;
}
