import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { temporaryFolder } from './folder.ts';
import { freePort } from './port.ts';
import { root } from './root.ts';
import { type Service, startService } from './service.ts';

export interface TocsinOptions {
  /** Over the starter's own; undefined leaves a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written to FLEET_FILE, an object as YAML; without it FLEET_FILE names a file that is not there. */
  readonly fleet?: string | object;
  readonly cwd?: string;
  readonly readyWithinMs?: number;
  readonly stopWithinMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else the text. */
  readonly body: unknown;
}

export interface RunningTocsin extends Service {
  readonly url: string;
  readonly dataDir: string;
  readonly fleetFile: string;
  readonly ingressToken: string;
  readonly apiToken: string;
  /** Log lines so far, parsed; a line that is no JSON becomes { msg }. */
  logs(): Record<string, unknown>[];
  /** Replaces the fleet file in one step, as an editor does. */
  writeFleet(fleet: string | object): void;
  /** GET /api/<path> with API_TOKEN. */
  api(path: string): Promise<Answer>;
  /** POST /ingress/<path> with INGRESS_TOKEN, or with the headers given. */
  ingress(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Any other request to the page. */
  request(path: string, init?: RequestInit): Promise<Answer>;
}

const passedOn = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'TZ'];

/**
 * The real program in a process of its own, ready: GET /readyz answered 200. `kill` leaves its data and its
 * Redis behind, `restart` finds them again; disposal ends and removes all of it.
 */
export async function startTocsin(options: TocsinOptions = {}): Promise<RunningTocsin> {
  const folder = temporaryFolder('tocsin');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env: Record<string, string | undefined> = {
    ...Object.fromEntries(passedOn.map((name) => [name, process.env[name]])),
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'tocsin'),
    DATA_DIR: join(folder.path, 'data'),
    FLEET_FILE: join(folder.path, 'fleet.yaml'),
    HTTP_PORT: `${port}`,
    INGRESS_TOKEN: randomBytes(16).toString('hex'),
    API_TOKEN: randomBytes(16).toString('hex'),
    ...options.env,
  };
  const [dataDir, fleetFile] = [env['DATA_DIR'] ?? '', env['FLEET_FILE'] ?? ''];
  const [ingressToken, apiToken] = [env['INGRESS_TOKEN'] ?? '', env['API_TOKEN'] ?? ''];
  mkdirSync(dataDir, { recursive: true });

  function writeFleet(fleet: string | object): void {
    const text = typeof fleet === 'string' ? fleet : stringify(fleet);
    writeFileSync(`${fleetFile}.new`, text);
    renameSync(`${fleetFile}.new`, fleetFile);
  }
  if (options.fleet !== undefined) writeFleet(options.fleet);

  const service = await startService({
    name: 'Tocsin',
    // As `npm start` and the image do.
    argv: [
      join(root, 'node_modules', '.bin', 'node'),
      '--max-semi-space-size=16',
      '--heap-growing-percent=25',
      join(root, 'src', 'main.ts'),
    ],
    cwd: options.cwd ?? folder.path, // where no .env of the developer's lies
    env,
    ready: async (signal) => (await fetch(`${url}/readyz`, { signal })).status === 200,
    readyWithinMs: options.readyWithinMs ?? 60_000,
    stopWithinMs: options.stopWithinMs ?? 30_000,
    cleanUp: () => folder[Symbol.dispose](),
  });

  const request = (path: string, init: RequestInit = {}): Promise<Answer> => ask(`${url}${path}`, init);
  return Object.assign(service, {
    url,
    dataDir,
    fleetFile,
    ingressToken,
    apiToken,
    writeFleet,
    request,
    logs: () => service.output().split('\n').filter(Boolean).map(parsedLine),
    api: (path: string) => request(`/api/${path}`, { headers: bearer(apiToken) }),
    ingress: (
      path: string,
      body: unknown,
      headers: Readonly<Record<string, string>> = bearer(ingressToken),
    ) =>
      request(`/ingress/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  });
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

async function ask(url: string, init: RequestInit): Promise<Answer> {
  const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(30_000), ...init });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: answer.status,
    headers: answer.headers,
    body: isJson ? (JSON.parse(text) as unknown) : text,
  };
}

function parsedLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { msg: line };
  }
}
