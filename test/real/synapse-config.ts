import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

export interface SynapseSettings {
  readonly folder: string;
  readonly port: number;
  readonly serverName: string;
  readonly secret: string;
  readonly defaultLimits: boolean;
}

/** The files of a homeserver's folder by name. They are JSON, which is YAML too. */
export function synapseConfig(settings: SynapseSettings): Record<string, string> {
  const { folder, port, serverName, secret, defaultLimits } = settings;
  const homeserver = {
    server_name: serverName,
    public_baseurl: `http://127.0.0.1:${port}/`,
    pid_file: join(folder, 'homeserver.pid'),
    listeners: [
      {
        port,
        bind_addresses: ['127.0.0.1'],
        type: 'http',
        tls: false,
        x_forwarded: false,
        resources: [{ names: ['client'], compress: false }],
      },
    ],
    database: { name: 'sqlite3', args: { database: join(folder, 'homeserver.db') } },
    log_config: join(folder, 'log.yaml'),
    media_store_path: join(folder, 'media'),
    signing_key_path: join(folder, 'signing.key'),
    registration_shared_secret: secret,
    macaroon_secret_key: secret,
    form_secret: secret,
    enable_registration: false,
    bcrypt_rounds: 4,
    report_stats: false,
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    federation_domain_whitelist: [],
    url_preview_enabled: false,
    ip_range_whitelist: ['127.0.0.1/32'],
    ...(defaultLimits ? {} : noLimits()),
  };
  return {
    'homeserver.yaml': JSON.stringify(homeserver, undefined, 2),
    'log.yaml': JSON.stringify(logging(join(folder, 'homeserver.log')), undefined, 2),
    'signing.key': `ed25519 a_test ${randomBytes(32).toString('base64').replace(/=+$/, '')}\n`,
  };
}

function logging(filename: string): object {
  return {
    version: 1,
    formatters: { line: { format: '%(asctime)s %(levelname)s %(name)s %(request)s %(message)s' } },
    handlers: { file: { class: 'logging.FileHandler', formatter: 'line', filename } },
    root: { level: 'INFO', handlers: ['file'] },
    disable_existing_loggers: false,
  };
}

// Every limit a client can meet, as far as Synapse lets it be raised.
function noLimits(): object {
  const plenty = { per_second: 100_000, burst_count: 100_000 };
  const plain = [
    'message',
    'registration',
    'registration_token_validity',
    'admin_redaction',
    'joins_per_room',
  ];
  plain.push('key_requests', '3pid_validation', 'third_party_invite', 'media_create', 'delayed_event_mgmt');
  plain.push('room_creation', 'reports', 'user_directory');
  return {
    ...Object.fromEntries(plain.map((name) => [`rc_${name}`, plenty])),
    rc_login: { address: plenty, account: plenty, failed_attempts: plenty },
    rc_joins: { local: plenty, remote: plenty },
    rc_invites: { per_room: plenty, per_user: plenty, per_issuer: plenty },
    rc_presence: { per_user: plenty },
  };
}
