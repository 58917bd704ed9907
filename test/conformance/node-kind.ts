import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Executor } from '#src/domain/executor.ts';
import { type CheckResult, FINDING_STATES } from '#src/domain/finding.ts';
import type { Target } from '#src/domain/node.ts';
import type { NodeKind } from '#src/nodes/kind.ts';
import { type Folder, temporaryFolder } from '#test/real/folder.ts';

/** In every login that a kind is given: nothing that it says may hold it. */
export const SECRET = 'hunter2-f3c9';

export interface KindUnderTest {
  readonly kind: NodeKind;
  /** A service of the kind that is asked at this address. Where it has logins, they hold the secret. */
  at(
    url: string,
    folder: string,
  ): Promise<{ readonly target: Target; readonly executor?: Executor | undefined }>;
}

/** What a port does in place of answering; each is told of its connections. */
const FAULTS: Readonly<Record<string, (socket: Socket) => void>> = {
  'takes the connection and says nothing': () => undefined,
  drips: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n');
    const drop = setInterval(() => socket.write(' '), 20);
    socket.on('close', () => clearInterval(drop));
  },
  'wants a login, in HTML': (socket) =>
    answer(socket, '401 Unauthorized', `<html>Sign in, ${SECRET}?</html>`),
  'refuses, in HTML': (socket) => answer(socket, '403 Forbidden', '<html>Forbidden</html>'),
  fails: (socket) => answer(socket, '500 Internal Server Error', '<html>Error</html>'),
  'is a proxy with nobody behind it': (socket) => answer(socket, '502 Bad Gateway', ''),
  'leads elsewhere': (socket) => answer(socket, '302 Found\r\nlocation: http://127.0.0.1:1/', ''),
  'answers nothing that means anything': (socket) => answer(socket, '200 OK', '{"result": {"blo'),
  'answers JSON of another kind': (socket) => answer(socket, '200 OK', '{"hello":["world"],"kind":"Status"}'),
  'answers nothing at all': (socket) => answer(socket, '200 OK', ''),
  'does not speak HTTP': (socket) => void socket.end('SSH-2.0-OpenSSH_9.2p1\r\n'),
  'closes the connection': (socket) => void socket.destroy(),
  'breaks off': (socket) =>
    void socket.end(
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"result":',
    ),
  'answers without an end': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n["');
    const chunk = 'x'.repeat(1_000_000);
    const flood = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', flood).on('error', () => undefined);
    flood();
  },
};

const answer = (socket: Socket, head: string, body: string): void =>
  void socket.end(
    `HTTP/1.1 ${head}\r\ncontent-type: text/html\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );

const LIMIT_MS = 700;
/** For a look to put its results together once its time is over. */
const GRACE_MS = 250;
/** This machine may be busy with other tests. */
const SLACK_MS = 1_500;

/** What every kind promises of a look at a service that is not well, tried on real sockets. */
export function nodeKindConformance({ kind, at }: KindUnderTest): void {
  describe(`kind ${kind.id}`, () => {
    let folder: Folder;
    let server: Server;
    const sockets = new Set<Socket>();
    let fault: (socket: Socket) => void;

    beforeEach(async () => {
      folder = temporaryFolder('kind');
      server = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.once('data', () => fault(socket));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    });

    afterEach(async () => {
      await end();
      folder[Symbol.dispose]();
    });

    async function end(): Promise<void> {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    }

    const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    async function look(change: (target: Target) => Target = (target) => target, hasWay = true) {
      const { target, executor } = await at(url(), folder.path);
      return async () => {
        const began = performance.now();
        const signal = AbortSignal.timeout(LIMIT_MS);
        const reach = { now: new Date(), ...(hasWay && { executor }) };
        const results = await kind.look(change(target), reach, signal);
        expect(performance.now() - began).toBeLessThan(LIMIT_MS + GRACE_MS + SLACK_MS);
        wellFormed(results);
        return results;
      };
    }

    function wellFormed(results: readonly CheckResult[]): void {
      expect(results.length).toBeGreaterThan(0);
      const declared = kind.checks.values();
      for (const { check, title, alertname, finding, shown } of results) {
        const found = declared.find(({ id }) => id === check);
        expect(found, `${check} is declared, once and in this place`).toBeDefined();
        expect(found?.title).toBe(title);
        expect(found?.alertnames).toContain(alertname);
        expect(FINDING_STATES).toContain(finding.state);
        expect(shown).not.toBe('');
        if (finding.state !== 'up') expect(finding.why.length, check).toBeGreaterThan(3);
      }
      expect(JSON.stringify(results)).not.toContain(SECRET);
    }

    const states = (results: readonly CheckResult[]): readonly string[] =>
      results.map(({ finding }) => finding.state);

    test.each(Object.entries(FAULTS))('one that %s: not up, and not down', async (_, does) => {
      fault = does;
      const results = await (await look())();
      // It is there: that it does not do its work may be a finding, that it is gone is not.
      expect(states(results)).not.toContain('up');
      expect(states(results)).not.toContain('down');
    });

    test('one that is not there: the rest is not known', async () => {
      const looks = await look();
      await end();
      const results = await looks();
      expect(states(results)).not.toContain('up');
      // At most the one that says whether it runs, and what is made of nothing else.
      expect(states(results).filter((state) => state === 'unknown').length).toBeGreaterThanOrEqual(
        Math.min(results.length - 1, Math.floor(results.length / 2)),
      );
    });

    test('one to which there is no way is not known', async () => {
      const away = (target: Target): Target => ({
        ...target,
        node: {
          ...target.node,
          access: {
            kind: 'ssh',
            host: '192.0.2.1',
            port: 22,
            user: 'u',
            identityFile: 'k',
            hostKey: 'SHA256:x',
          },
        },
      });
      const results = await (await look(away, false))();
      expect(new Set(states(results))).toEqual(new Set(['unknown']));
      expect(sockets.size).toBe(0);
    });

    test('a look whose time is over before it begins', async () => {
      fault = () => undefined;
      const { target, executor } = await at(url(), folder.path);
      const results = await kind.look(target, { now: new Date(), executor }, AbortSignal.abort());
      wellFormed(results);
      expect(states(results)).not.toContain('up');
      expect(states(results)).not.toContain('down');
    });
  });
}
