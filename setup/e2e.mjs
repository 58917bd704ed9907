import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ask, find, mustRun } from './child.mjs';
import { root } from './root.mjs';
import { saying } from './say.mjs';
import { installPackages } from './system.mjs';

const programs = {
  chromium: 'chromium',
  litecoind: 'litecoind',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
};
const fonts = ['fonts-dejavu-core', 'fonts-noto-color-emoji'];
const synapse = ['bash', join(root, 'test', 'real', 'synapse.sh')];

/** What the end-to-end tests start: Debian's browser, daemon, Alertmanager and sshd, and a Synapse of our own. */
export const endToEnd = {
  met: () => missing().length === 0 && synapseIsThere(),
  async meet() {
    const names = missing();
    if (names.length > 0) await installPackages({ what: names.join(', '), names: { 'apt-get': names } });
    if (!synapseIsThere())
      await saying('Synapse', () => mustRun([...synapse, 'install'], { withinMs: 15 * 60_000 }));
  },
};

function missing() {
  const absent = Object.keys(programs).filter((program) => !find(program));
  return [...absent.map((program) => programs[program]), ...missingFonts()];
}

function missingFonts() {
  if (!find('dpkg-query')) return [];
  return fonts.filter((name) => ask('dpkg-query', '-W', '-f', '${db:Status-Status}', name) !== 'installed');
}

function synapseIsThere() {
  const folder = ask(...synapse, 'folder')?.trim();
  return folder !== undefined && existsSync(join(folder, 'rootfs', '.complete'));
}
