import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { startAlertmanager } from '#test/real/alertmanager.ts';
import type { Service } from '#test/real/service.ts';
import { startTocsin } from '#test/real/tocsin.ts';

import { type Usage, usageOf } from '../usage.ts';
import type { Sink } from './sink.ts';

/** One alert of the load. */
export interface Load {
  /** Found again in what the sink was given. */
  readonly name: string;
  readonly group: string;
  readonly severity: 'critical' | 'warning';
}

/** A program that is given alerts and writes to the sink. */
export interface Peer extends AsyncDisposable {
  readonly name: string;
  /** True once it has accepted them; false when it refused or was not there. */
  give(alerts: readonly Load[]): Promise<boolean>;
  /** Since its first start, over all its processes. */
  usage(): Usage;
  /** SIGKILL, and ready again. */
  killAndRestart(): Promise<void>;
}

export type StartPeer = (sink: Sink) => Promise<Peer>;

/** Its cost, what a killed process had taken included; those beside it are not killed. */
function mortal(service: Service, ...beside: readonly number[]): Pick<Peer, 'usage' | 'killAndRestart'> {
  let gone = { peakMiB: 0, cpuS: 0 };
  return {
    usage() {
      const now = usageOf(service.pid);
      const rest = usageOf(...beside);
      return {
        residentMiB: now.residentMiB + rest.residentMiB,
        peakMiB: Math.max(gone.peakMiB, now.peakMiB) + rest.peakMiB,
        cpuS: gone.cpuS + now.cpuS + rest.cpuS,
      };
    },
    async killAndRestart() {
      const last = usageOf(service.pid);
      gone = { peakMiB: Math.max(gone.peakMiB, last.peakMiB), cpuS: gone.cpuS + last.cpuS };
      await service.kill('SIGKILL');
      await service.restart();
    },
  };
}

const labelsOf = ({ name, group, severity }: Load): Record<string, string> => ({
  alertname: group,
  severity,
  instance: name,
});

/** The program with its own Redis, whose cost counts as its own. */
export const tocsinPeer: StartPeer = async ({ discord, channelId }) => {
  const tocsin = await startTocsin({
    env: {
      DISCORD_TOKEN: discord.token,
      DISCORD_GUILD_ID: discord.guildId,
      DISCORD_API_URL: discord.api,
      LOG_LEVEL: 'warn',
    },
    fleet: {
      network: 'bench',
      rooms: ['notaries', 'ops'].map((id) => ({ id, discord: channelId })),
      routes: [{ rooms: ['notaries'] }],
      teams: [],
      nodes: [],
    },
  });
  const redisPid = Number(readFileSync(join(tocsin.dataDir, 'redis', 'redis.pid'), 'utf8'));
  return {
    name: 'Tocsin',
    async give(alerts) {
      const body = alerts.map((alert) => ({ labels: labelsOf(alert), status: 'firing' }));
      const answer = await tocsin.ingress('alerts', body).catch(() => undefined);
      return answer?.status === 202;
    },
    ...mortal(tocsin, redisPid),
    [Symbol.asyncDispose]: () => tocsin[Symbol.asyncDispose](),
  };
};

/**
 * Debian's Alertmanager at its best for this: no wait for a group's first message, the next after 1 s, and
 * a text that only names the alerts, so that many fit into the 2,048 characters it allows itself.
 */
export const alertmanagerPeer: StartPeer = async ({ webhookUrl }) => {
  const message = '{{ range .Alerts }}{{ .Labels.instance }} {{ end }}';
  const discord = { webhook_url: webhookUrl, message, send_resolved: true };
  const alertmanager = await startAlertmanager({
    webhookUrl,
    token: '',
    route: { receiver: 'sink', group_by: ['alertname'], group_wait: '0s', group_interval: '1s' },
    config: { receivers: [{ name: 'sink', discord_configs: [discord] }] },
  });
  return {
    name: 'Alertmanager',
    give: (alerts) =>
      alertmanager.fire(alerts.map((alert) => ({ labels: labelsOf(alert) }))).then(
        () => true,
        () => false,
      ),
    ...mortal(alertmanager),
    [Symbol.asyncDispose]: () => alertmanager[Symbol.asyncDispose](),
  };
};
