import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './folder.ts';
import { freePort } from './port.ts';
import { type Service, startService } from './service.ts';

export interface AlertmanagerOptions {
  readonly webhookUrl: string;
  readonly token: string;
  /** Over the default route: everything by alertname, group_wait 100ms, group_interval 1s, repeat_interval 1h. */
  readonly route?: Readonly<Record<string, unknown>>;
  /** Further top-level keys of Alertmanager's configuration, such as inhibit_rules. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface PrometheusAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RunningAlertmanager extends Service {
  readonly url: string;
  /** What Prometheus does while a rule holds. */
  fire(alerts: readonly PrometheusAlert[]): Promise<void>;
  /** What Prometheus does once it no longer holds. */
  resolve(alerts: readonly PrometheusAlert[]): Promise<void>;
}

/** An Alertmanager that posts to the webhook with the token as bearer credentials. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<RunningAlertmanager> {
  const folder = temporaryFolder('alertmanager');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const file = join(folder.path, 'alertmanager.yml');
  writeFileSync(file, JSON.stringify(configuration(options), undefined, 2), { mode: 0o600 });

  const service = await startService({
    name: 'Alertmanager',
    argv: [
      'prometheus-alertmanager',
      `--config.file=${file}`,
      `--storage.path=${join(folder.path, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    ready: async (signal) => (await fetch(`${url}/-/ready`, { signal })).ok,
    cleanUp: () => folder[Symbol.dispose](),
  });

  async function post(alerts: readonly object[]): Promise<void> {
    const answer = await fetch(`${url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts),
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) throw new Error(`Alertmanager: HTTP ${answer.status} ${await answer.text()}`);
  }

  return Object.assign(service, {
    url,
    fire: (alerts: readonly PrometheusAlert[]) => post(alerts),
    resolve: (alerts: readonly PrometheusAlert[]) => {
      const endsAt = new Date().toISOString();
      return post(alerts.map((alert) => ({ ...alert, endsAt })));
    },
  });
}

// JSON, which is YAML too.
function configuration({ webhookUrl, token, route, config }: AlertmanagerOptions): object {
  const authorization = { type: 'Bearer', credentials: token };
  const webhook = { url: webhookUrl, send_resolved: true, http_config: { authorization } };
  const pace = { group_wait: '100ms', group_interval: '1s', repeat_interval: '1h' };
  return {
    route: { receiver: 'tocsin', group_by: ['alertname'], ...pace, ...route },
    receivers: [{ name: 'tocsin', webhook_configs: [webhook] }],
    ...config,
  };
}
