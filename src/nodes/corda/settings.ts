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

/** Of one notary, or of one worker of a cluster. */
const OWN = {
  /** Its Jolokia agent (`jmxMonitoringHttpPort`), without the path. */
  jolokia: Url.optional(),
  /** Its base directory, with network-parameters in it. */
  directory: Path.optional(),
  /** Its log, where that has the network map client's lines of level TRACE. */
  log: Path.optional(),
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
  })
  .superRefine(({ workers = [], quorum, ...own }, context) => {
    const say = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    const twice = workers.find(({ id }, index) => workers.findIndex((one) => one.id === id) < index);
    if (twice) say('workers', `there is another worker "${twice.id}"`);
    if (workers.length > 0 && (own.jolokia ?? own.directory ?? own.log) !== undefined)
      say('workers', 'have jolokia, directory and log of their own: give them there');
    if (quorum !== undefined && quorum > Math.max(1, workers.length))
      say('quorum', `there are only ${Math.max(1, workers.length)} workers`);
  });
export type Settings = z.infer<typeof Settings>;

export const settingsOf = ({ settings }: Service): Settings => Settings.parse(settings ?? {});

/** A notary alone is its own only worker, and goes by this name. */
const ALONE = 'node';

export const workersOf = ({ workers, jolokia, directory, log }: Settings): readonly Worker[] =>
  workers ?? [{ id: ALONE, jolokia, directory, log }];
