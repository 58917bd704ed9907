import { describe, expect, test, vi } from 'vitest';

import { createAnswers } from '#src/chat/matrix/answers.ts';
import { replyTo } from '#src/chat/matrix/content.ts';
import { render } from '#src/chat/matrix/render.ts';
import type { Sends } from '#src/chat/matrix/sends.ts';
import { OutsideError } from '#src/domain/errors.ts';
import type { Message } from '#src/domain/message.ts';

const say = (title: string): Message => ({ tone: 'neutral', title, blocks: [] });
const asked = {
  id: '$command',
  handle: '@alice:server',
  roomId: '!room:server',
  direct: false,
  secret: false,
  relation: replyTo('$command'),
};

function answersWith() {
  const post = vi.fn<Sends['post']>(async () => '$answer');
  const sends: Sends = { post, edit: vi.fn(), put: vi.fn(), find: vi.fn(), limitedAtMs: () => 0 };
  const directs = {
    roomFor: vi.fn(async () => '!direct:server'),
    isDirect: vi.fn(),
    adopt: vi.fn(),
    load: vi.fn(),
    learn: vi.fn(),
    doubt: vi.fn(),
  };
  const ending = new AbortController();
  const answers = createAnswers({
    sends,
    directs,
    reactions: { offer: vi.fn(), picked: vi.fn() },
    rendered: (message) => render(message, { prefix: '!tocsin', mostBytes: 60_000 }),
    knows: (handle) => handle === '@alice:server',
    ending: ending.signal,
  });
  const said = () => post.mock.calls.map(([roomId, { content }]) => `${roomId} ${content.body}`);
  return { answers, post, directs, ending, said };
}

describe('an answer', () => {
  test('hangs on what was asked; the same event answered by another process gives the same key', async () => {
    const [one, two] = [answersWith(), answersWith()];
    for (const { answers } of [one, two]) {
      const answer = answers(asked);
      await answer(say('first'));
      await answer(say('second'));
    }
    const keys = (calls: typeof one.post.mock.calls) => calls.map(([, , key]) => key);
    expect(keys(one.post.mock.calls)).toEqual(keys(two.post.mock.calls));
    expect(new Set(keys(one.post.mock.calls)).size).toBe(2);
    expect(one.post.mock.calls[0]?.[3]).toEqual(asked.relation);
  });

  test('a private one goes to the person, and the room learns only where it went', async () => {
    const { answers, said } = answersWith();
    await answers({ ...asked, secret: true })(say('secret'));
    expect(said()).toEqual(['!direct:server secret', '!room:server I answered you in a direct message.']);
  });

  test('a private one in a direct message stays there; a stranger is answered where they asked', async () => {
    const { answers, said, directs } = answersWith();
    await answers({ ...asked, roomId: '!direct:server', direct: true, secret: true })(say('secret'));
    await answers({ ...asked, handle: '@stranger:server', secret: true })(say('who are you?'));
    expect(said()).toEqual(['!direct:server secret', '!room:server who are you?']);
    expect(directs.roomFor).not.toHaveBeenCalled();
  });

  test('waits as long as the homeserver asks, under the same key', async () => {
    const { answers, post } = answersWith();
    post.mockRejectedValueOnce(new OutsideError('matrix', 'rate-limited', 'slow', { retryAfterMs: 1_100 }));
    const began = performance.now();
    await answers(asked)(say('late'));
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_090);
    expect(new Set(post.mock.calls.map(([, , key]) => key)).size).toBe(1);
  });

  test('does not wait for what will not pass, for too long, or when Tocsin leaves', async () => {
    const { answers, post, ending } = answersWith();
    const refusals = [
      new OutsideError('matrix', 'forbidden', 'no'),
      new OutsideError('matrix', 'rate-limited', 'slow', { retryAfterMs: 600_000 }),
      new OutsideError('matrix', 'unavailable', 'away'),
    ];
    for (const refusal of refusals) {
      if (refusal.reason === 'unavailable') ending.abort();
      post.mockRejectedValueOnce(refusal);
      await expect(answers(asked)(say('x'))).rejects.toBe(refusal);
    }
    expect(post).toHaveBeenCalledTimes(3);
  });
});
