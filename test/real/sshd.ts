import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import { join } from 'node:path';

import type { Access, Node, NodeId } from '#src/domain/node.ts';
import type { SeatId } from '#src/domain/seat.ts';

import { temporaryFolder } from './folder.ts';
import { freePort } from './port.ts';
import { type Service, startService } from './service.ts';

export interface SshdOptions {
  /** Before the key in authorized_keys: `restrict,port-forwarding,permitopen="127.0.0.1:7771"`. */
  readonly options?: string;
  /** Further lines of its configuration. */
  readonly config?: readonly string[];
  /** The PATH of what it runs. */
  readonly path?: string;
  /** Whom it lets in; another than who runs it only where root does. */
  readonly user?: string;
  /** Families of its host keys, as ssh-keygen names them. */
  readonly hostKeys?: readonly string[];
}

type SshAccess = Extract<Access, { kind: 'ssh' }>;

export interface RunningSshd extends Service {
  /** The whole way there, with the key of one family pinned. */
  access(family?: string): SshAccess;
  /** A node behind it. */
  node(id?: string): Node;
  /** How many connections it has let in since it started last. */
  accepted(): number;
  /** Other host keys from now on. */
  changeHostKeys(): Promise<void>;
}

/** Where Debian has it; sshd insists on being started by its whole path. */
const PROGRAM = '/usr/sbin/sshd';
/** As root it wants an empty folder, which the system's own start makes otherwise. */
const PRIVSEP = '/run/sshd';

/**
 * An account that is not root's and has a shell: this user's own, or one that root finds on the
 * machine. sshd treats root's programs otherwise than everybody's.
 */
export function ordinaryUser(): string | undefined {
  const own = userInfo();
  if (own.uid !== 0) return own.username;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  return accounts.find(([, , uid, , , , shell = '']) => uid !== '0' && /\/(ba|da)?sh$/.test(shell))?.[0];
}

/** A real sshd on a loopback port, of this user and for this user, with keys of its own. */
export async function startSshd({
  options = '',
  user = userInfo().username,
  config = [],
  path,
  hostKeys = ['ed25519'],
}: SshdOptions = {}): Promise<RunningSshd> {
  const folder = temporaryFolder('sshd');
  const at = (name: string): string => join(folder.path, name);
  const port = await freePort();
  // The user that is let in reads there who may come.
  chmodSync(folder.path, 0o755);
  if (process.getuid?.() === 0 && !existsSync(PRIVSEP)) mkdirSync(PRIVSEP, { mode: 0o755 });
  const makeHostKeys = (): void => hostKeys.forEach((family) => makeKey(at(`host_${family}`), family));
  makeHostKeys();
  makeKey(at('id'), 'ed25519');
  writeFileSync(at('authorized_keys'), `${options} ${readFileSync(at('id.pub'), 'utf8')}`.trimStart());
  const lines = [
    `ListenAddress 127.0.0.1:${port}`,
    ...hostKeys.map((family) => `HostKey ${at(`host_${family}`)}`),
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    'PidFile none',
    // The temporary folder is everybody's, and there is no account to be set up.
    'StrictModes no',
    // An account without a password counts as locked, but for PAM.
    `UsePAM ${user === userInfo().username ? 'no' : 'yes'}`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'LogLevel VERBOSE',
    // A bash that is not the first one leaves the account's own ~/.bashrc alone: what it prints is not ours.
    // Of several such lines only the first one would count.
    `SetEnv SHLVL=1${path === undefined ? '' : ` PATH=${path}`}`,
    ...config,
  ];
  writeFileSync(at('sshd_config'), `${lines.join('\n')}\n`);

  const service = await startService({
    name: 'sshd',
    argv: [PROGRAM, '-D', '-e', '-f', at('sshd_config')],
    ready: (signal) => listens(port, signal),
    endBy: 'kill',
    cleanUp: () => folder[Symbol.dispose](),
  });

  const access = (family = hostKeys[0] ?? 'ed25519'): SshAccess => ({
    kind: 'ssh',
    host: '127.0.0.1',
    port,
    user,
    identityFile: at('id'),
    hostKey: fingerprintOf(at(`host_${family}.pub`)),
  });
  return Object.assign(service, {
    access,
    node: (id = 'node-a'): Node => ({
      id: id as NodeId,
      seat: 'seat_A' as SeatId,
      access: access(),
      services: [],
    }),
    accepted: () => service.output().match(/^Accepted publickey/gm)?.length ?? 0,
    async changeHostKeys() {
      for (const family of hostKeys) renameSync(at(`host_${family}`), at(`old_${family}`));
      makeHostKeys();
      await service.restart();
    },
  });
}

/** An OpenSSH key pair, locked by a passphrase where one is given. */
export function makeKey(path: string, family = 'ed25519', passphrase = ''): void {
  execFileSync('ssh-keygen', ['-q', '-t', family, '-N', passphrase, '-C', 'test', '-f', path]);
}

/** As OpenSSH itself tells it. */
function fingerprintOf(publicKey: string): string {
  const line = execFileSync('ssh-keygen', ['-l', '-E', 'sha256', '-f', publicKey], { encoding: 'utf8' });
  return line.split(' ')[1] ?? '';
}

async function listens(port: number, signal: AbortSignal): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect', { signal });
    return true;
  } finally {
    socket.destroy();
  }
}
