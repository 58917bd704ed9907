import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, test } from 'vitest';

import type { OperatorId } from '#src/domain/operator.ts';

import { type OpenPage, openPage } from './open-page.ts';

let page: OpenPage;
let url: string;

beforeEach(async () => {
  page = await openPage();
  await page.app.listen({ port: 0, host: '127.0.0.1' });
  url = `http://127.0.0.1:${(page.app.server.address() as AddressInfo).port}`;
});
afterEach(() => page[Symbol.asyncDispose]());

interface Follower {
  /** Resolves once what came so far matches. */
  until(pattern: RegExp): Promise<string>;
  came(): string;
  leave(): void;
}

/** A page that is open in a browser. */
async function follow(as: string, place: string): Promise<Follower> {
  const leaving = new AbortController();
  const signal = AbortSignal.any([leaving.signal, AbortSignal.timeout(10_000)]);
  const response = await fetch(`${url}/trial/live?as=${as}&in=${place}`, { signal });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  let came = '';
  return {
    came: () => came,
    leave: () => leaving.abort(),
    async until(pattern) {
      while (!pattern.test(came)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended before ${pattern}: ${came}`);
        came += value;
      }
      return came;
    },
  };
}

const say = (title: string) => ({ tone: 'neutral', title, blocks: [] }) as const;
const ops = { kind: 'room', id: 'ops' } as const;

test('brings what stood there already, then what is new and what is edited', async () => {
  const posted = await page.console.post(ops, say('stood there'), 'k1');
  const bob = await follow('bob', 'room:ops');
  await bob.until(/stood there[^]*id="guide"[^]*id="daemons"/u);
  await page.console.post(ops, say('is new <b>'), 'k2');
  await bob.until(/is new &lt;b&gt;/u);
  await page.console.edit(posted, say('was edited'));
  const came = await bob.until(/was edited/u);
  expect(came).toMatch(new RegExp(`id="post-${posted.id}"[^]*data-revision="2"`, 'u'));
  // Each line of an event's data is marked as such: nothing in a message can end the event.
  expect(
    came.split('\n').filter((line) => !/^(?:|data: .*|event: \w+|retry: \d+|: beat)$/u.test(line)),
  ).toEqual([]);
  bob.leave();
});

test('tells of news elsewhere, and nothing of what is for others', async () => {
  const bob = await follow('bob', 'room:ops');
  await bob.until(/id="daemons"/u);
  await page.console.post({ kind: 'direct', handle: 'alice' }, say('secret of alice'), 'k1');
  await page.console.say('alice' as OperatorId, 'room:ops', 'help');
  await page.heard[0]?.answer(say('private answer'));
  await page.console.post({ kind: 'direct', handle: 'bob' }, say('for bob'), 'k2');
  const came = await bob.until(/event: news/u);
  expect(came).toContain('"channel":"direct:bob"');
  expect(came).not.toMatch(/secret of alice|private answer|direct:alice"/u);
  bob.leave();
});

test('shows by itself that a daemon broke and that a step of the story was taken', async () => {
  const alice = await follow('alice', 'room:ops');
  await alice.until(/id="step-break"[^>]*class="current"/u);
  page.daemons[0] = { ...page.daemons[0], process: 'stopped' } as (typeof page.daemons)[number];
  page.broken = true;
  await alice.until(/id="step-break"[^>]*class="done"[^]*stopped/u);
  alice.leave();
});

test('ends with Tocsin, so that a stop waits for no open page', async () => {
  const alice = await follow('alice', 'room:ops');
  await alice.until(/id="daemons"/u);
  const began = performance.now();
  await page.app.close();
  expect(performance.now() - began).toBeLessThan(2_000);
  await expect(alice.until(/never/u)).rejects.toThrow('ended');
});
