import { z } from 'zod';

import { SEVERITIES } from '#src/domain/alert.ts';
import { didYouMean } from '#src/domain/nearest.ts';
import { ROLES } from '#src/domain/operator.ts';

import { Notices, QuietHours } from './notices.ts';
import { Oncall } from './oncall.ts';
import { EveryMs, Patrol } from './patrol.ts';
import { Remedies } from './remedies.ts';
import { SourceEntry } from './sources.ts';
import { span } from './span.ts';
import { StatisticsEntry } from './statistics.ts';
import { SupervisorEntry } from './supervisor.ts';
import { strict } from './words.ts';

const Id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be letters, digits, _ . or -, at most 64 of them');

/** A number would have lost its last digits on the way in. */
const Snowflake = z
  .string({
    error: ({ input }) =>
      typeof input === 'number' ? 'a Discord id must be in quotes, or its last digits are lost' : undefined,
  })
  .regex(/^\d{17,20}$/, 'must be a Discord id, 17 to 20 digits');

const matrixId = (sigil: string, example: string): z.ZodString =>
  z.string().regex(new RegExp(`^\\${sigil}[^\\s:]+(:\\S+)?$`), `must be a Matrix id like ${example}`);

const Url = z.string().superRefine((text, context) => {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    context.addIssue({ code: 'custom', message: 'must be an address like http://127.0.0.1:7771' });
  } else if (url.username || url.password) {
    context.addIssue({ code: 'custom', message: 'must not hold the login: use the keys user and password' });
  }
});

/** A group that may be left empty. */
const list = <Entry extends z.ZodType>(entry: Entry) =>
  z
    .array(entry)
    .nullish()
    .transform((entries) => entries ?? []);

const Threshold = strict({ warn: z.number().optional(), critical: z.number().optional() }).refine(
  ({ warn, critical }) => warn !== undefined || critical !== undefined,
  'needs warn, critical or both',
);
const Thresholds = z.record(z.string(), Threshold).default({});

const Room = strict({
  id: Id,
  discord: Snowflake.optional(),
  matrix: matrixId('!', '!room:server').optional(),
  console: z.string().min(1).optional(),
}).refine(({ discord, matrix, console }) => discord ?? matrix ?? console, 'needs discord, matrix or both');

const Match = z.record(z.string(), z.string()).superRefine((match, context) => {
  const severity = match['severity'];
  if (severity === undefined || SEVERITIES.some((known) => known === severity)) return;
  const message = `must be one of ${SEVERITIES.join(', ')}, not "${severity}"${didYouMean(severity, SEVERITIES)}`;
  context.addIssue({ code: 'custom', path: ['severity'], message });
});

const Route = strict({
  match: Match.default({}),
  rooms: z.array(z.string()).default([]),
  direct: z.boolean().default(false),
  escalateAfter: span(
    10_000,
    86_400_000,
    'must be a time span like 10m or 1h, at least 10s and at most 1d',
  ).optional(),
}).refine(({ direct, escalateAfter }) => direct || escalateAfter === undefined, {
  path: ['escalateAfter'],
  message: 'needs direct: true: there is nobody to go on from',
});

/** Without an end, blocks are notarised for good. */
const Dpow = strict({
  until: strict({ height: z.int().positive().optional(), time: z.iso.datetime({ offset: true }).optional() })
    .refine(({ height, time }) => height ?? time, 'needs a height, a time or both')
    .optional(),
});

const Coin = strict({
  id: Id,
  profile: z.string().min(1).default('bitcoin'),
  thresholds: Thresholds,
  utxoSats: z.int().positive().default(10_000),
  dpow: z.union([z.literal(false), Dpow], 'must be false, or like { until: { height: 4771595 } }').optional(),
  references: z.array(Url).max(5).optional(),
});

/** Names that stand in the audit for others than people. */
const RESERVED: ReadonlySet<string> = new Set(['tocsin', 'stranger']);

const Operator = strict({
  id: Id.refine((id) => !RESERVED.has(id), 'is a name that Tocsin keeps for itself'),
  role: z.enum(ROLES),
  discord: Snowflake.optional(),
  matrix: matrixId('@', '@user:server').optional(),
  email: z
    .string()
    .regex(/^[^\s@]+@[^\s@]+$/, 'must be a mail address')
    .optional(),
  telegram: z
    .string()
    .regex(/^-?\d{1,20}$/, 'must be a Telegram id, digits in quotes')
    .optional(),
  console: z.string().min(1).optional(),
  backup: z.boolean().optional(),
  quiet: QuietHours.optional(),
});

const Team = strict({
  id: Id,
  quiet: QuietHours.optional(),
  operators: list(Operator),
  oncall: Oncall.optional(),
  seats: list(strict({ id: Id, region: z.string().min(1).optional() })),
});

/** It becomes a part of a path. */
const DnsLabel = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'must be lower case letters, digits or -, at most 63 of them',
  );

const Access = z.discriminatedUnion('kind', [
  strict({ kind: z.literal('local') }),
  strict({
    kind: z.literal('ssh'),
    host: z.string().regex(/^[^\s-]\S*$/, 'must be an address or a host name'),
    port: z.int().min(1).max(65_535).default(22),
    user: z.string().regex(/^[A-Za-z0-9_][\w.-]*$/, 'must be a user name'),
    identityFile: z.string().min(1),
    hostKey: z.string().startsWith('SHA256:', 'must be a fingerprint like SHA256:…'),
    gate: z.boolean().default(false),
  }),
  strict({
    kind: z.literal('kubernetes'),
    kubeconfig: z.string().min(1).optional(),
    context: z.string().min(1).optional(),
    namespace: DnsLabel.default('default'),
    pod: z.string().min(1).optional(),
    container: DnsLabel.optional(),
    exec: z.boolean().default(false),
  }),
]);

/** Whoever may list the processes of the machine sees it, and an approval shows it. */
const CliWord = z
  .string()
  .regex(
    /^(?!--?(rpcpassword|rpcuser|stdin))/,
    'must hold no login: the program finds it in the configuration',
  );

const Rpc = strict({
  url: Url.optional(),
  user: z.string().optional(),
  password: z.string().optional(),
  conf: z.string().min(1).optional(),
  cli: z.tuple([z.string().min(1)], CliWord).optional(),
}).superRefine(({ url, conf, cli, user, password }, context) => {
  const say = (message: string): void => context.addIssue({ code: 'custom', message });
  if ([url, conf, cli].filter((one) => one !== undefined).length !== 1) say('needs either url, conf or cli');
  else if (url === undefined && (user ?? password) !== undefined)
    say(`takes user and password from ${conf === undefined ? "the daemon's own file" : 'conf'}`);
  else if ((user === undefined) !== (password === undefined)) say('needs both user and password, or neither');
});

/** What every service may say of itself; the keys of its own kind stand beside these. */
const SERVICE = {
  id: Id,
  kind: Id,
  coin: z.string().optional(),
  rpc: Rpc.optional(),
  url: Url.optional(),
  pubkey: z
    .string()
    .regex(/^0[23][0-9a-fA-F]{64}$/, 'must be a compressed public key, 66 hex digits')
    .optional(),
  walletFile: z.string().min(1).optional(),
  supervisor: SupervisorEntry.optional(),
  every: EveryMs.optional(),
  thresholds: Thresholds,
};
export const SERVICE_KEYS: readonly string[] = Object.keys(SERVICE);

const Service = z.looseObject(SERVICE);

export const FleetNode = strict({
  id: Id,
  seat: z.string(),
  server: z.string().min(1).optional(),
  access: Access,
  services: list(Service),
  thresholds: Thresholds,
});

/** The fleet file as it is written. That its references lead somewhere is checked apart. */
export const FleetFileShape = strict({
  network: z.string().min(1),
  rooms: list(Room),
  routes: list(Route),
  coins: list(Coin),
  teams: list(Team),
  nodes: list(FleetNode),
  sources: list(SourceEntry),
  statistics: list(StatisticsEntry),
  notices: Notices.default({}),
  patrol: Patrol.prefault({}),
  remedies: Remedies.prefault({}),
});
export type FleetFileShape = z.infer<typeof FleetFileShape>;
