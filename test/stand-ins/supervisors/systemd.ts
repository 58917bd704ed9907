import { createHash } from 'node:crypto';

import type { Ran } from '#src/domain/executor.ts';
import type { Machine } from '#test/stand-ins/remediation/machine.ts';

/** A unit as its file has it; times as systemd prints them. */
export interface UnitFile {
  restart: 'no' | 'always' | 'on-success' | 'on-failure';
  timeoutStop: string;
  killMode: 'control-group' | 'mixed' | 'process' | 'none';
  killSignal: number;
  sendSigkill: 'yes' | 'no';
  /** Its ExecStart ends with this variable. */
  once?: string;
}

export interface Systemd {
  readonly file: UnitFile;
  /** The manager's environment, as set-environment leaves it. */
  readonly environment: Map<string, string>;
  readonly orders: string[];
  systemctl(words: readonly string[]): Ran;
}

export const UNIT = 'litecoind.service';
const said = (stdout: string): Ran => ({ exitCode: 0, stdout, stderr: '' });
const failed = (exitCode: number, stderr: string): Ran => ({ exitCode, stdout: '', stderr: `${stderr}\n` });

/** systemd with one unit, whose daemon is the machine's. It runs when this begins. */
export function createSystemd(machine: Machine, given: Partial<UnitFile> = {}): Systemd {
  const file: UnitFile = {
    restart: 'on-failure',
    timeoutStop: '1min 30s',
    killMode: 'control-group',
    killSignal: 15,
    sendSigkill: 'yes',
    ...given,
  };
  let runs = machine.process !== undefined;
  let starts = 0;
  let stops = false;
  let resting = false;

  const start = (): void => {
    const value = file.once === undefined ? undefined : systemd.environment.get(file.once);
    void machine.executor.start(undefined as never, '', value ? { once: value.split(' ') } : {});
    starts++;
    [runs, stops, resting] = [true, false, false];
  };

  /** What systemd does by itself when the main process ended. */
  const settle = (): void => {
    machine.settle();
    if (resting) return start();
    if (!runs || machine.process) return;
    runs = false;
    resting = !stops && (file.restart === 'always' || file.restart === 'on-success');
    stops = false;
  };

  const invocation = (): string => createHash('sha256').update(`start ${starts}`).digest('hex').slice(0, 32);

  const properties = (): Record<string, string | number> => {
    const [active, sub] = resting
      ? ['activating', 'auto-restart']
      : runs
        ? [stops ? 'deactivating' : 'active', stops ? 'stop-sigterm' : 'running']
        : ['inactive', 'dead'];
    return {
      LoadState: 'loaded',
      ActiveState: active,
      SubState: sub,
      MainPID: runs ? (machine.process?.pid ?? 0) : 0,
      InvocationID: invocation(),
      Restart: file.restart,
      KillMode: file.killMode,
      KillSignal: file.killSignal,
      SendSIGKILL: file.sendSigkill,
      TimeoutStopUSec: file.timeoutStop,
    };
  };

  const systemd: Systemd = {
    file,
    environment: new Map(),
    orders: [],
    systemctl(words) {
      const plain = words.filter((word) => word !== '--no-block' && word !== '--');
      const [verb = '', ...rest] = plain;
      if (verb === 'set-environment' || verb === 'unset-environment') {
        systemd.orders.push(plain.join(' '));
        for (const word of rest) {
          const [name = '', value = ''] = word.split('=', 2);
          if (verb === 'set-environment') systemd.environment.set(name, word.slice(name.length + 1) || value);
          else systemd.environment.delete(name);
        }
        return said('');
      }
      const unit = rest.at(-1);
      const known = unit === UNIT;
      settle();
      if (verb === 'show') {
        const names = (rest[0] ?? '').replace('--property=', '').split(',');
        const all = known
          ? properties()
          : { ...properties(), LoadState: 'not-found', ActiveState: 'inactive' };
        return said(names.map((name) => `${name}=${all[name] ?? ''}\n`).join(''));
      }
      if (!known) return failed(5, `Failed to ${verb} ${unit}: Unit ${unit} not found.`);
      systemd.orders.push(plain.join(' '));
      if (verb === 'start' && !runs) start();
      if (verb === 'stop') {
        resting = false;
        if (runs && !stops) machine.terminate();
        stops = runs;
      }
      return said('');
    },
  };
  return systemd;
}
