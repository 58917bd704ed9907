import { z } from 'zod';

const Hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/i)
  .transform((hex) => hex.toLowerCase());

/** Parameters that the network's operator has announced, and that every node must accept. */
export const ParametersUpdate = z.object({
  newParametersHash: Hash,
  description: z.string().max(10_000),
  updateDeadline: z.iso.datetime({ offset: true }),
});
export type ParametersUpdate = z.infer<typeof ParametersUpdate>;

/** As a network map has it, be it read from its own form or from CENM's JSON. */
export const NetworkMap = z.object({
  networkParameterHash: Hash,
  parametersUpdate: ParametersUpdate.nullish(),
});
export type NetworkMap = z.infer<typeof NetworkMap>;

/** Whatever Jolokia answers comes with HTTP 200; `status` is its own. */
export const Jolokia = z.object({
  status: z.int(),
  value: z.unknown().optional(),
  error: z.string().max(10_000).optional(),
  error_type: z.string().max(1_000).optional(),
});

/** `net.corda:name=Status,type=Node`. */
export const NodeStatus = z.object({
  Value: z.enum(['WAITING_TO_START', 'STARTING', 'STARTED', 'STOPPING']),
});
export type NodeStatus = z.infer<typeof NodeStatus>['Value'];

/** `java.lang:type=Runtime`, StartTime: milliseconds since 1970. */
export const StartTime = z.int().positive().max(8e15);

/** MBeans by their names; of the notary health check: meters and counters with a Count, timers too. */
export const Metrics = z.record(
  z.string().max(1_000),
  z.looseObject({ Count: z.int().nonnegative().optional() }),
);
export type Metrics = z.infer<typeof Metrics>;
