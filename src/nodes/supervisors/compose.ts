import { z } from 'zod';

import { OutsideError, UserError } from '#src/domain/errors.ts';
import type { Ran } from '#src/domain/executor.ts';
import type { Standing, Supervision, Supervisor } from '#src/domain/supervisor.ts';

import { type Argv, firstLine, programsOn, requireAllowed } from './programs.ts';
import type { Supervised } from './supervised.ts';

/** What is read of a container, one line each: nothing of its command or its environment leaves the node. */
const TEMPLATE =
  '{"id":{{json .Id}},"name":{{json .Name}},"pid":{{json .State.Pid}},"status":{{json .State.Status}},' +
  '"startedAt":{{json .State.StartedAt}},"image":{{json .Config.Image}},' +
  '"restart":{{json .HostConfig.RestartPolicy.Name}},"tries":{{json .HostConfig.RestartPolicy.MaximumRetryCount}},' +
  '"oneOff":{{json (index .Config.Labels "com.docker.compose.oneoff")}}}';

/** https://docs.docker.com/reference/api/engine/ (ContainerInspect) */
const Container = z.object({
  id: z.string().regex(/^[0-9a-f]{12,64}$/),
  name: z.string().transform((name) => name.replace(/^\//, '')),
  pid: z.int().nonnegative(),
  status: z.enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']),
  startedAt: z.string(),
  image: z.string(),
  restart: z.enum(['', 'no', 'always', 'unless-stopped', 'on-failure']),
  tries: z.int().nonnegative(),
  /** "True" of what `docker compose run` made. */
  oneOff: z.string().nullish(),
});
type Container = z.infer<typeof Container>;

/** A clean end is followed by a start. */
const RETURNING = new Set<Container['restart']>(['always', 'unless-stopped']);

type Compose = Extract<Supervision, { kind: 'compose' }>;

/**
 * A daemon that is a service of docker compose. It is stopped by its own RPC, its container's restart policy set aside
 * meanwhile: `docker stop` would kill it after a time, older engines at once when the order is broken off.
 */
export function compose({ service, directory, file, project }: Compose, supervised: Supervised): Supervisor {
  const { node } = supervised;
  const composed = (...words: readonly string[]): Argv => [
    'docker',
    'compose',
    ...(directory === undefined ? [] : ['--project-directory', directory]),
    ...(file === undefined ? [] : ['--file', file]),
    ...(project === undefined ? [] : ['--project-name', project]),
    ...words,
  ];
  const refusal = ({ exitCode, stderr }: Ran): string =>
    `docker on ${node.id} ended with code ${exitCode}${SAYABLE.test(stderr) ? `: ${firstLine(stderr)}` : ', and its words may hold secrets: try it there'}`;
  const { look, deed } = programsOn(supervised, refusal);

  async function printed(argv: Argv): Promise<readonly string[]> {
    const ran = await look(argv);
    if (ran.exitCode === 0) return ran.stdout.split('\n').filter((line) => line.trim() !== '');
    if (!/no such service/i.test(ran.stderr)) throw new OutsideError('docker', 'unavailable', refusal(ran));
    throw new UserError(
      `docker compose on ${node.id} has no service ${service}: compare it with the service's supervisor in the fleet file.`,
    );
  }

  /** The container of the service; undefined when none was made yet. */
  async function read(): Promise<Container | undefined> {
    const ids = await printed(composed('ps', '--all', '--quiet', service));
    if (ids.length === 0) return undefined;
    const lines = await printed(['docker', 'inspect', '--type', 'container', '--format', TEMPLATE, ...ids]);
    const [one, another] = lines.map(containerIn).filter(({ oneOff }) => oneOff !== 'True');
    if (another === undefined) return one;
    throw new UserError(
      `${service} has several containers on ${node.id}: a wallet and a chain belong to one only. Look at the node.`,
    );
  }

  const setPolicy = (name: string, policy: string): Argv => ['docker', 'update', `--restart=${policy}`, name];

  /** Only what is made anew takes what the file says now. */
  const order = (makes: boolean): readonly string[] =>
    makes ? ['up', '--detach', '--no-deps', '--no-build', service] : ['start', service];

  const supervisor: Supervisor = {
    words: `docker compose's ${service}`,
    async look(): Promise<Standing> {
      const container = await read();
      const bound = {
        supervisor: `${service} of docker compose`,
        image: container?.image ?? 'no container yet',
      };
      if (container === undefined) return { bound, returns: false, kept: '' };
      const { status, restart } = container;
      if (status === 'running')
        return {
          instance: instanceOf(container),
          bound,
          returns: RETURNING.has(restart),
          kept: policyOf(container),
        };
      if (status === 'exited' || status === 'created')
        return { bound, returns: false, kept: policyOf(container) };
      throw new UserError(
        `The container of ${service} is ${status}: docker compose logs ${service} on ${node.id} says why. Look at it first.`,
      );
    },
    async isRunning(instance) {
      const container = await read();
      return container?.status === 'running' && instanceOf(container).id === instance;
    },
    async planStop({ returns }, { stays }) {
      const container = await read();
      if (!stays || !returns || container === undefined) return 'Ask the daemon by RPC to stop';
      const { name } = container;
      await requireAllowed(supervised, 'once', setPolicy(name, 'no'), setPolicy(name, policyOf(container)));
      return `Set the restart policy of ${service}'s container aside, and ask the daemon by RPC to stop`;
    },
    async planStart({ program, once = [] }) {
      if (once.length > 0) {
        throw new UserError(
          `docker compose starts ${service} with the words of its file only: put ${once.join(' ')} into its command by hand, docker compose up -d ${service}, and take it out again when it is done.`,
        );
      }
      await requireAllowed(supervised, 'once', composed(...order(program !== undefined)));
      return program === undefined
        ? `Have docker compose start ${service}`
        : `Have docker compose make ${service} anew with ${program}`;
    },
    async stop({ id, signal, stays, ask }) {
      const container = await read();
      if (stays && container && RETURNING.has(container.restart)) {
        await deed({ id: `${id}-policy`, signal }, setPolicy(container.name, 'no'));
        const { restart = 'gone' } = (await read()) ?? {};
        if (restart !== 'no')
          throw new UserError(
            `docker did not set the restart policy of ${service} aside: it was not stopped.`,
          );
      }
      await ask();
    },
    async release({ id, signal }, kept) {
      const container = await read();
      if (container === undefined || kept === '' || policyOf(container) === kept) return;
      await deed({ id: `${id}-policy`, signal }, setPolicy(container.name, kept));
    },
    isThere: async () => (await read())?.status === 'running',
    async start({ id, signal, kept, change }) {
      await supervisor.release?.({ id, signal }, kept);
      const makes = change.program !== undefined || (await read()) === undefined;
      await deed({ id, signal }, composed(...order(makes)));
    },
    async arrived() {
      const container = await read();
      if (container?.status === 'running') return instanceOf(container);
      throw new UserError(
        `Its RPC answers, but the container of ${service} is ${container?.status ?? 'not there'}: something else started it. Look at the node.`,
      );
    },
  };
  return supervisor;
}

/** What docker itself says is told; what compose says of its file may hold what stands there. */
const SAYABLE =
  /^(Error response from daemon|permission denied|Cannot connect to the Docker daemon|no such service)/i;

const instanceOf = ({ id, startedAt }: Container) => ({
  id: `container ${id.slice(0, 12)}, began ${startedAt}`,
  words: `container ${id.slice(0, 12)}`,
});

const policyOf = ({ restart, tries }: Container): string =>
  restart === 'on-failure' && tries > 0 ? `on-failure:${tries}` : restart || 'no';

function containerIn(line: string): Container {
  try {
    return Container.parse(JSON.parse(line));
  } catch {
    throw new OutsideError('docker', 'unreadable', 'what docker says of the container cannot be read');
  }
}
