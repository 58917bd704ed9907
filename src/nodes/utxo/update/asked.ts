import { UserError } from '#src/domain/errors.ts';
import type { Executor } from '#src/domain/executor.ts';
import type { Target } from '#src/domain/node.ts';
import type { Arguments, Knowledge } from '#src/domain/remedy.ts';
import { seenWords, standingOf } from '#src/domain/version.ts';

import type { Found } from '../process/life.ts';
import { settingsOf } from '../settings.ts';
import { compared, filled, type Program, type Runs } from './release.ts';

/** What is asked of an update. */
export interface Asked {
  readonly path: string;
  readonly commit?: string | undefined;
  readonly version?: string | undefined;
  readonly downgrade: boolean;
  readonly build?: readonly [string, ...string[]] | undefined;
  /** How a program is asked for its version. */
  readonly asks?: readonly [string, ...string[]] | undefined;
  readonly switches?: readonly [string, ...string[]] | undefined;
}

/** What is asked, with what the fleet file says of it. Throws UserError. */
export function askedOf({ service }: Target, { program, commit, version, downgrade }: Arguments): Asked {
  const { update: { build, program: built, version: asks, switch: switches } = {} } = settingsOf(service);
  if ((program === undefined) === (commit === undefined)) {
    throw new UserError(
      'Say either program=, the path of a daemon that is built already, or commit=, which it is to be built from.',
    );
  }
  if (version !== undefined && !/^[\w.+-]{1,64}$/.test(version))
    throw new UserError('version is like v0.9.2-2.');
  const common = { version, downgrade: downgrade === 'yes', asks, switches };
  if (program !== undefined) {
    const isImage = service.supervisor?.kind === 'compose' && /^[a-z0-9][\w./:@-]{0,254}$/.test(program);
    if (isImage || /^\/[^\s\p{C}]{1,500}$/u.test(program)) return { path: program, ...common };
    throw new UserError(
      'program is the whole path of a program on the node, like /opt/komodo-0.9.2/komodod.',
    );
  }
  const words = commit?.toLowerCase() ?? '';
  if (!/^[0-9a-f]{7,40}$/.test(words)) throw new UserError('commit is 7 to 40 hex digits.');
  if (build && built !== undefined) {
    const values = { commit: words };
    return { path: filled([built], values)[0], commit: words, build: filled(build, values), ...common };
  }
  throw new UserError(
    `How ${service.id} is built from a commit is not known: name update.build and update.program in the fleet file.`,
  );
}

/** The program that is started now: there is no way back without it. Throws UserError. */
export async function programNow(
  { program, supervisor }: Found,
  { node, service }: Target,
  executor: Executor,
): Promise<string> {
  if (program !== undefined) return program;
  const { current } = settingsOf(service).update ?? {};
  if (!current) {
    throw new UserError(
      `Which program ${supervisor.words} starts is not for Tocsin to change: name update.current and update.switch in the fleet file, or do it there.`,
    );
  }
  const { exitCode, stdout } = await executor.run(node, current, {
    signal: AbortSignal.timeout(10_000),
    maxBytes: 10_000,
  });
  const path = stdout.trim();
  if (exitCode === 0 && /^\S{1,500}$/.test(path)) return path;
  throw new UserError(`${current[0]} on ${node.id} does not tell which program is started now.`);
}

/** Throws UserError when it is not what was asked for. */
export function requireFit(program: Program, { version, commit, downgrade }: Asked, runs?: Runs): void {
  const { standing, words } = standingOf({ version, commit }, program);
  if ((version ?? commit) !== undefined && standing === 'older')
    throw new UserError(`${program.path} is not what was asked for: it ${words}.`);
  if (version !== undefined && standing !== 'satisfied')
    throw new UserError(`Whether ${program.path} is ${version} cannot be told: it ${words}.`);
  if (commit !== undefined && program.commit !== undefined && standing !== 'satisfied')
    throw new UserError(`${program.path} was built from another commit: it ${words}.`);
  if (!runs || downgrade || (compared(program, runs) ?? 0) >= 0) return;
  throw new UserError(
    `${program.path} is ${seenWords(program)}, older than what runs (${seenWords(runs)}): say downgrade=yes when that is meant.`,
  );
}

/** What the open notices ask, next to the program; nothing where there are none. Throws UserError when it is older. */
export async function noticesOf(
  target: Target,
  program: Program,
  knowledge: Knowledge | undefined,
): Promise<Readonly<Record<string, string>>> {
  const mandates = (await knowledge?.mandates?.of(target)) ?? [];
  const judged = mandates.map((mandate) => ({ ...mandate, ...standingOf(mandate, program) }));
  const older = judged.find(({ standing }) => standing === 'older');
  if (older) throw new UserError(`Notice ${older.notice} asks for more: ${program.path} ${older.words}.`);
  return Object.fromEntries(
    judged.map(({ notice, standing }) => [
      `notice ${notice}`,
      standing === 'satisfied' ? 'fulfilled by it' : 'whether it is fulfilled is told once it runs',
    ]),
  );
}
