import { resolve } from 'node:path';

import { wordsOf } from '#src/domain/errors.ts';
import { type SmtpServer, smtpServerOf } from '#src/chat/email/config.ts';
import type { TurnPace } from '#src/domain/pace.ts';
import type { RedisPlace } from '#src/domain/redis.ts';

import { ConfigError } from './error.ts';
import { misspelt } from './misspelt.ts';
import {
  BESIDE_A_CHAT,
  Environment,
  type ProcessRole,
  SECRETS,
  TOGETHER,
  VARIABLES,
  type VariableName,
} from './schema.ts';
import { keptToken } from './token.ts';
import { type Env, type Variables, variablesOf } from './variables.ts';

export interface Config {
  readonly discord:
    | {
        readonly token: string;
        readonly guildId: string | undefined;
        readonly apiUrl: string;
        readonly statusUrl: string | undefined;
        readonly directPace: TurnPace;
      }
    | undefined;
  readonly matrix: { readonly homeserverUrl: string; readonly accessToken: string } | undefined;
  readonly email: { readonly server: SmtpServer; readonly from: string } | undefined;
  readonly telegram: { readonly token: string; readonly apiUrl: string } | undefined;
  /** What a typed command begins with. */
  readonly prefix: string;
  /** Undefined: a private redis-server under the data folder. */
  readonly redis: RedisPlace | undefined;
  /** An alert that could not be sent for longer is not sent any more, only counted. */
  readonly staleMs: number;
  /** Whole path. */
  readonly dataDir: string;
  /** Whole path. */
  readonly fleetFile: string;
  readonly http: { readonly host: string; readonly port: number; readonly publicUrl: string | undefined };
  readonly ingressToken: string;
  /** Where the token is kept, when it is one of our own making. */
  readonly ingressTokenFile: string | undefined;
  readonly apiToken: string;
  readonly githubWebhookSecret: string | undefined;
  /** Where releases are looked for; without a token GitHub answers less often. */
  readonly github: { readonly apiUrl: string; readonly token: string | undefined };
  readonly roles: ReadonlySet<ProcessRole>;
  readonly logLevel: Environment['LOG_LEVEL'];
  /** Nothing to chat with is configured: the trial opens. */
  readonly trial: boolean;
  /** Variables that are set and do nothing: mail and Telegram need a chat beside them. */
  readonly unused: readonly string[];
  /** Values that no log may show; grows as the fleet file takes secrets through `lookup`. */
  readonly secrets: ReadonlySet<string>;
  /**
   * A variable of the operator's own, for `${NAME}` in the fleet file, also from NAME_FILE and `.env`. Tocsin's
   * own variables are not given out. Throws an Error that says what is wrong with the variable.
   */
  readonly lookup: (name: string) => string | undefined;
}

/** Reads the environment and the `.env` in `cwd`. Throws ConfigError with every fault there is. */
export function loadConfig(env: Env, cwd: string): Config {
  const faults: string[] = [];
  const report = (fault: string): number => faults.push(fault);
  const variables = variablesOf(env, cwd, report);
  const texts = Object.fromEntries(VARIABLES.map((name) => [name, variables.read(name, report)]));
  const parsed = Environment.safeParse(texts);
  for (const issue of parsed.error?.issues ?? []) faults.push(`${issue.path.join('.')}: ${issue.message}`);
  faults.push(...missingPartners(variables), ...misspelt(variables.sources, VARIABLES));
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  return configOf(parsed.data, cwd, variables);
}

function missingPartners(variables: Variables): readonly string[] {
  return TOGETHER.flatMap((names) => {
    const set = names.filter((name) => variables.has(name));
    const missing = names.filter((name) => !variables.has(name));
    return set.length === 0
      ? []
      : missing.map((name) => `${name}: is needed too, since ${set.join(', ')} is set`);
  });
}

function configOf(values: Environment, cwd: string, variables: Variables): Config {
  const dataDir = resolve(cwd, values.DATA_DIR);
  const ingress = values.INGRESS_TOKEN
    ? { token: values.INGRESS_TOKEN, file: undefined }
    : madeToken(dataDir);
  const apiToken = values.API_TOKEN ?? ingress.token;
  const discord =
    values.DISCORD_TOKEN === undefined
      ? undefined
      : {
          token: values.DISCORD_TOKEN,
          guildId: values.DISCORD_GUILD_ID,
          apiUrl: values.DISCORD_API_URL,
          statusUrl: values.DISCORD_STATUS_URL,
          directPace: values.DISCORD_NEW_DMS,
        };
  const matrix =
    values.MATRIX_HOMESERVER_URL === undefined || values.MATRIX_ACCESS_TOKEN === undefined
      ? undefined
      : { homeserverUrl: values.MATRIX_HOMESERVER_URL, accessToken: values.MATRIX_ACCESS_TOKEN };
  const email =
    values.SMTP_URL === undefined || values.MAIL_FROM === undefined
      ? undefined
      : { server: smtpServerOf(values.SMTP_URL), from: values.MAIL_FROM };
  const telegram =
    values.TELEGRAM_TOKEN === undefined
      ? undefined
      : { token: values.TELEGRAM_TOKEN, apiUrl: values.TELEGRAM_API_URL };
  const trial = discord === undefined && matrix === undefined;
  const secrets = new Set(
    [
      ingress.token,
      apiToken,
      email?.server.login?.password,
      ...redisSecrets(values.REDIS_URL),
      ...SECRETS.map((name) => values[name]),
    ].filter((value) => typeof value === 'string'),
  );
  return {
    discord,
    matrix,
    email,
    telegram,
    prefix: values.MATRIX_PREFIX,
    redis: values.REDIS_URL,
    staleMs: values.STALE_AFTER,
    dataDir,
    fleetFile: resolve(cwd, values.FLEET_FILE),
    http: { host: values.HTTP_HOST, port: values.HTTP_PORT, publicUrl: values.PUBLIC_URL },
    ingressToken: ingress.token,
    ingressTokenFile: ingress.file,
    apiToken,
    githubWebhookSecret: values.GITHUB_WEBHOOK_SECRET,
    github: { apiUrl: values.GITHUB_API_URL, token: values.GITHUB_TOKEN },
    roles: values.ROLES,
    logLevel: values.LOG_LEVEL,
    trial,
    unused: trial ? BESIDE_A_CHAT.filter((name) => values[name] !== undefined) : [],
    secrets,
    lookup: lookupIn(variables, secrets),
  };
}

function madeToken(dataDir: string): ReturnType<typeof keptToken> {
  try {
    return keptToken(dataDir, 'ingress-token');
  } catch (error) {
    throw new ConfigError([
      `DATA_DIR: an ingress token cannot be kept there (${wordsOf(error)}): make it writable or set INGRESS_TOKEN`,
    ]);
  }
}

const redisSecrets = (place: RedisPlace | undefined): readonly (string | undefined)[] => [
  place?.password,
  place?.kind === 'sentinel' ? place.sentinelLogin.password : undefined,
];

function lookupIn(variables: Variables, secrets: Set<string>): Config['lookup'] {
  return (name) => {
    if (VARIABLES.includes(name as VariableName))
      throw new Error(`${name} is Tocsin's own and is not given out`);
    const value = variables.read(name, (fault) => {
      throw new Error(fault);
    });
    if (value !== undefined) secrets.add(value);
    return value;
  };
}
