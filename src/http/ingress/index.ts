import { alertmanager } from './alertmanager.ts';
import { alerts } from './alerts.ts';
import { github } from './github.ts';
import { heartbeat } from './heartbeat.ts';
import type { Ingress } from '#src/http/ingress.ts';
import { notices } from './notices.ts';

/** Every way in. */
export const INGRESSES: readonly Ingress[] = [alertmanager, alerts, github, heartbeat, notices];
