import type { Menu, Parameter } from '#src/domain/menu.ts';
import type { Message } from '#src/domain/message.ts';
import type { Heard, Listener, Said } from '#src/domain/platform.ts';

/** A listener that remembers what it heard and answers as it is told to. */
export interface ListenerProbe extends Listener {
  /** Accounts of the fleet; a harness adds its people before it starts the platform. */
  readonly known: Set<string>;
  readonly heard: readonly Heard[];
  /**
   * To be called before the deed: resolves with what is heard next that `fits`, after each of `answers` was
   * given; rejects when nothing comes in time.
   */
  expect(fits: (heard: Heard) => boolean, answers?: readonly Message[]): Promise<Heard>;
}

interface Expected {
  readonly fits: (heard: Heard) => boolean;
  readonly answers: readonly Message[];
  readonly resolve: (heard: Heard) => void;
  readonly reject: (reason: unknown) => void;
}

const node: Parameter = { name: 'node', summary: 'A node', suggest: 'node' };
const alert: Parameter = { name: 'alert', summary: 'An alert', required: true, suggest: 'alert' };
const command = (name: string, parameters: readonly Parameter[], rest: Partial<Menu> = {}): Menu => ({
  name,
  summary: `Tries ${name}`,
  examples: [],
  private: false,
  parameters,
  actions: [],
  ...rest,
});

/** The commands that the conformance suites type: `health NODE`, `ack ALERT`, `link` (private), `silence list`. */
export const probeMenu: readonly Menu[] = [
  command('health', [node]),
  command('ack', [alert]),
  command('link', [], { private: true }),
  command('silence', [], { actions: [{ name: 'list', summary: 'Lists', parameters: [] }] }),
];

/** What was said as bare words, whichever form the platform gave it. */
export const saidWords = (said: Said): readonly string[] =>
  'line' in said
    ? said.line.split(/\s+/).filter((word) => word !== '')
    : [said.command, ...(said.action === undefined ? [] : [said.action]), ...Object.values(said.args)];

export function createListenerProbe(withinMs = 10_000): ListenerProbe {
  const known = new Set<string>();
  const heard: Heard[] = [];
  const awaited = new Set<Expected>();

  async function hear(one: Heard): Promise<void> {
    heard.push(one);
    for (const expected of awaited) {
      if (!expected.fits(one)) continue;
      awaited.delete(expected);
      try {
        for (const answer of expected.answers) await one.answer(answer);
        expected.resolve(one);
      } catch (error) {
        expected.reject(error);
      }
      return;
    }
  }

  return {
    menu: probeMenu,
    known,
    heard,
    hear,
    knows: (handle) => known.has(handle),
    complete: async (suggest, typed) =>
      [`${suggest}-1`, `${suggest}-2`].filter((one) => one.startsWith(typed)),
    expect(fits, answers = []) {
      const { promise, resolve, reject } = Promise.withResolvers<Heard>();
      const expected = { fits, answers, resolve, reject };
      awaited.add(expected);
      const late = setTimeout(() => {
        awaited.delete(expected);
        const words = heard.map((one) => saidWords(one.said).join(' '));
        reject(new Error(`not heard within ${withinMs} ms; heard: ${JSON.stringify(words)}`));
      }, withinMs);
      return promise.finally(() => clearTimeout(late));
    },
  };
}
