import { z } from 'zod';

import type { Service } from '#src/domain/node.ts';

const Url = z.string().refine((text) => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}, 'must be an address like http://127.0.0.1:7005, without a login');
const Path = z.string().regex(/^\//, 'must be a whole path on the node, like /opt/corda');
const Id = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'must be letters, digits, _ . or -, at most 64 of them');

const Duration = z.string().regex(/^([1-9]\d{0,5}[smhd])+$/, 'must be a time span like 90s, 15m or 1h');
const HASH = '{hash}';
/** Words of a program of the node; no shell reads them. */
const Argv = z
  .tuple([Path], z.string().min(1).max(4_096))
  .refine((words) => words.length <= 64, 'must be at most 64 words');
const AcceptArgv = Argv.refine(
  (words) => words.slice(1).some((word) => word.includes(HASH)),
  `must have ${HASH} in one of its words: the hash to accept stands there`,
);
export type Argv = z.infer<typeof Argv>;

/** The words that accept parameters, with their hash. */
export const withHash = ([program, ...words]: Argv, hash: string): Argv => [
  program,
  ...words.map((word) => word.replaceAll(HASH, hash)),
];

/** Of one notary, or of one worker of a cluster. */
const OWN = {
  /** Its Jolokia agent (`jmxMonitoringHttpPort`), without the path. */
  jolokia: Url.optional(),
  /** Its base directory, with network-parameters in it. */
  directory: Path.optional(),
  /** Its log, where that has the network map client's lines of level TRACE. */
  log: Path.optional(),
  /** A program that restarts it, or starts it where it does not run, and ends with 0 when that is asked for. */
  restart: Argv.optional(),
  /** A program that prints the exit code with which it ended last. */
  exitCode: Argv.optional(),
  /** A program that accepts network parameters in its shell. */
  accept: AcceptArgv.optional(),
  /** Its name among the targets of the health check, where that checks it by itself. */
  checkedAs: z
    .string()
    .regex(
      /^\w{1,200}$/,
      'must be the name as the metrics write it: an underscore for what is no letter or digit',
    )
    .optional(),
};
const Worker = z.strictObject({ id: Id, ...OWN });
export type Worker = z.infer<typeof Worker>;

/** The keys of a Corda notary in the fleet file. */
export const Settings = z
  .strictObject({
    ...OWN,
    /** `compatibilityZoneURL` of the node: where /network-map is. */
    networkMap: Url.optional(),
    /** Those of a cluster, in place of the notary's own keys. */
    workers: z.array(Worker).min(1).max(64).optional(),
    /** So many of them have to work; more than half when it is not said. */
    quorum: z.int().min(1).max(64).optional(),
    /** The Jolokia agent of the node with the notary health check app. */
    healthCheck: Url.optional(),
    /** Checks under way at most, of a notary that does well. */
    mostInFlight: z.int().min(0).max(10_000).optional(),
    /** So long a worker may take from its restart until it serves; 15m when it is not said. */
    servesWithin: Duration.optional(),
    /** Something else starts workers that end: Tocsin restarts none on a flag day. */
    supervised: z.boolean().optional(),
  })
  .superRefine(({ workers = [], quorum, ...own }, context) => {
    const say = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    const twice = workers.find(({ id }, index) => workers.findIndex((one) => one.id === id) < index);
    if (twice) say('workers', `there is another worker "${twice.id}"`);
    if (workers.length > 0 && Object.keys(OWN).some((key) => own[key as keyof typeof OWN] !== undefined))
      say('workers', `have ${Object.keys(OWN).join(', ')} of their own: give them there`);
    if (quorum !== undefined && quorum > Math.max(1, workers.length))
      say('quorum', `there are only ${Math.max(1, workers.length)} workers`);
  });
export type Settings = z.infer<typeof Settings>;

export const settingsOf = ({ settings }: Service): Settings => Settings.parse(settings ?? {});

/** A notary alone is its own only worker, and goes by this name. */
const ALONE = 'node';

export const workersOf = ({ workers, ...own }: Settings): readonly Worker[] =>
  workers ?? [{ id: ALONE, ...ownOf(own) }];

const ownOf = ({ jolokia, directory, log, restart, exitCode, accept, checkedAs }: Omit<Worker, 'id'>) => ({
  jolokia,
  directory,
  log,
  restart,
  exitCode,
  accept,
  checkedAs,
});

/** So many workers have to work: what the fleet file says, else more than half. */
export const quorumOf = ({ quorum }: Settings, workers: number): number =>
  quorum ?? Math.floor(workers / 2) + 1;
