import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call that was answered. */
export interface Passed {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly at: number;
}

/** Stands before a server and passes everything on as it is: what was answered can be counted. */
export interface Passage extends AsyncDisposable {
  readonly url: string;
  /** In the order of the answers; `at` in ms of the clock. */
  readonly passed: readonly Passed[];
}

export async function openPassage(to: string): Promise<Passage> {
  const passed: Passed[] = [];
  const server = createServer((asked, answer) => {
    pass(asked, answer, (status) => {
      const { pathname } = new URL(asked.url ?? '/', to);
      passed.push({ method: asked.method ?? '', path: pathname, status, at: Date.now() });
    });
  });
  function pass(asked: IncomingMessage, answer: ServerResponse, note: (status: number) => void): void {
    const { method, headers } = asked;
    const onward = request(new URL(asked.url ?? '/', to), { method, headers }, (back) => {
      note(back.statusCode ?? 0);
      answer.writeHead(back.statusCode ?? 502, back.headers);
      back.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    asked.pipe(onward);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
