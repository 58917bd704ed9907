import type { Mandate } from '#src/domain/mandate.ts';
import { markHeights, type Voice } from '#src/domain/voice.ts';
import { createUtxo } from '#src/nodes/utxo/index.ts';
import { rpcOver } from '#src/nodes/utxo/rpc.ts';
import { hashOf, NOW, outputs, statting } from '#test/nodes/utxo/looking.ts';
import { recorded } from '#test/stand-ins/daemon/recorded.ts';
import { targetOf } from '#test/stand-ins/daemon/target.ts';

import { at, type Exchange, isWhole, jsonOf, said, type Subject } from './subject.ts';
import { type Asked, type Serve, type Served, textOf } from './wire.ts';

type Answers = Readonly<Record<string, (params: readonly unknown[]) => unknown>>;
interface Call {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly id: unknown;
}

/** Most is asked again at each look; what damage has made of a question is not. */
function remember<T>(known: Map<string, T>, body: string, value: T): void {
  if (known.size > 100) known.clear();
  known.set(body, value);
}

const calls = new Map<string, readonly Call[]>();
function callsOf({ body }: Asked): readonly Call[] {
  const known = calls.get(body) ?? [JSON.parse(body) as Call | Call[]].flat();
  remember(calls, body, known);
  return known;
}

/** As bitcoind answers: errors with HTTP 404 and 500, but not in a batch. */
function answerer(answers: Answers): Serve {
  const known = new Map<string, Served>();
  const answerOf = ({ method, params, id }: Call) => {
    const result = answers[method]?.(params);
    return result === undefined
      ? { result: null, error: { code: -32_601, message: 'Method not found' }, id }
      : { result, error: null, id };
  };
  return (asked) => {
    const before = known.get(asked.body);
    if (before) return before;
    const isBatch = asked.body.startsWith('[');
    const all = callsOf(asked).map(answerOf);
    const status = isBatch || !all[0]?.error ? 200 : 404;
    const served = { status, body: Buffer.from(JSON.stringify(isBatch ? all : all[0])) };
    remember(known, asked.body, served);
    return served;
  };
}

/** Everything that was told as the result of a method, as often as it was. */
function toldIn(exchanges: readonly Exchange[]): (method: string) => readonly unknown[] {
  const told = exchanges.flatMap(({ asked, served }) => {
    const json = jsonOf(served);
    const isBatch = asked.body.startsWith('[');
    const answers = isBatch ? (Array.isArray(json) ? json : []) : [json];
    const whole = answers.filter((one) => (at(one, 'error') ?? null) === null);
    return callsOf(asked).flatMap(({ method, id }) =>
      whole
        .filter((one) => !isBatch || at(one, 'id') === id)
        .map((one) => ({ method, result: at(one, 'result') })),
    );
  });
  return (method) => told.filter((one) => one.method === method).map(({ result }) => result);
}

interface ChainSeen {
  readonly blocks: unknown;
  readonly tip: number;
  readonly connections: unknown;
  readonly time: unknown;
}

const most = (...heights: readonly unknown[]): number =>
  Math.max(-1, ...heights.filter((one) => isWhole(one)));

/** Every reading of the chain that the answers allow. */
function chainsIn(told: (method: string) => readonly unknown[]): readonly ChainSeen[] {
  const infos = [...told('getblockchaininfo'), undefined];
  const komodo = told('getinfo').flatMap((info) =>
    infos.map((chain) => ({
      blocks: at(info, 'blocks'),
      tip: most(at(info, 'longestchain'), at(chain, 'headers')),
      connections: at(info, 'connections'),
      time: at(info, 'tiptime'),
    })),
  );
  const newer = told('getblockchaininfo').flatMap((chain) =>
    told('getnetworkinfo').flatMap((network) =>
      told('getblockheader').map((header) => ({
        blocks: at(chain, 'blocks'),
        tip: most(at(chain, 'headers')),
        connections: at(network, 'connections'),
        time: at(header, 'time'),
      })),
    ),
  );
  return [...komodo, ...newer].filter(({ blocks, connections }) => isWhole(blocks) && isWhole(connections));
}

/** Of the past, or, as far as the daemons' own rules let a block be, of the next two hours. */
const isWithin = (time: unknown, minutes: number): boolean =>
  isWhole(time, 1) && SECONDS - time <= minutes * 60 && time - SECONDS <= 2 * 3_600;

const isNotaryOutput = (row: unknown): boolean =>
  at(row, 'amount') === 0.0001 &&
  at(row, 'spendable') !== false &&
  typeof at(row, 'scriptPubKey') === 'string';

function mayBeUp(exchanges: readonly Exchange[]): Readonly<Record<string, boolean>> {
  const told = toldIn(exchanges);
  const chains = chainsIn(told);
  const answers = chains.length > 0;
  const lists = told('listunspent').filter((rows) => Array.isArray(rows));
  const locked = Math.max(
    -1,
    ...told('listlockunspent').map((rows) => (Array.isArray(rows) ? rows.length : -1)),
  );
  const infos = told('getinfo');
  const versions = [
    ...infos.flatMap((info) => ['version', 'KMDversion', 'VRSCversion'].map((key) => at(info, key))),
    ...told('getnetworkinfo').flatMap((info) => ['version', 'subversion'].map((key) => at(info, key))),
  ];
  return {
    'daemon-answers': answers,
    'in-sync': chains.some(
      ({ blocks, tip, connections }) => tip > 0 && tip <= Number(blocks) && Number(connections) > 0,
    ),
    fork: told('getblockhash').some((hash) => HASHES.has(said(hash).toLowerCase())),
    peers: chains.some(({ connections }) => isWhole(connections, 4)),
    'tip-age': chains.some(({ time }) => isWithin(time, 45)),
    version: answers && versions.some((version) => /\d/.test(said(version))),
    'key-loaded': [...told('validateaddress'), ...told('getaddressinfo')].some(
      (key) => at(key, 'ismine') === true,
    ),
    disk: answers,
    balance: told('getbalance').some((coins) => typeof coins === 'number' && coins >= 0.1 && coins < 1e8),
    'wallet-size': answers,
    'listunspent-time': lists.length > 0,
    'utxo-count': lists.some(
      (rows) => rows.filter((row) => at(row, 'scriptPubKey') !== undefined).length <= 1_000,
    ),
    'notary-utxos': lists.some((rows) => {
      const free = rows.filter(isNotaryOutput).length;
      return locked >= 0 && free <= 100 && free + locked >= 10;
    }),
    'last-notarisation': told('listtransactions').some(
      (rows) =>
        Array.isArray(rows) &&
        rows.some((row) => at(row, 'address') === NOTARISATIONS && isWithin(at(row, 'time'), 150)),
    ),
    'last-mined': infos.some((info) => {
      const [blocks, last] = [at(info, 'blocks'), at(info, 'lastmined')];
      return isWhole(blocks) && isWhole(last, 1) && last <= blocks && blocks - last <= 240;
    }),
  };
}

const SECONDS = Math.floor(NOW.getTime() / 1000);
const PUBKEY = '037e631c6a03d028e48aecfd93b2d2737d5d7e2852a426b940ff301f78aa31690c';
/** Every notarisation pays to it. */
const NOTARISATIONS = 'RXL3YXG2ceaB6C5hfJcN4fvmLH2C34knhA';
const NEVER = new AbortController().signal;

const answersOf = (family: 'litecoin' | 'komodo'): Answers => Object.fromEntries(recorded(family));
const [litecoin, komodo] = [answersOf('litecoin'), answersOf('komodo')];
const told = (answers: Answers, method: string): object => answers[method]?.([]) as object;
const hash = ([height]: readonly unknown[]): string => hashOf(Number(height));
const BLOCKS = { litecoin: 101, komodo: 974_458 };
const DEPTH = { litecoin: 4, komodo: 6 };

/** Two other nodes that have what this one has. */
const agreeing = (family: 'litecoin' | 'komodo'): readonly Voice[] =>
  ['blue-1', 'green-1'].map((node) => ({
    node,
    service: 'LTC',
    height: BLOCKS[family],
    syncing: false,
    marks: markHeights(BLOCKS[family] - DEPTH[family]).map((height) => ({ height, hash: hashOf(height) })),
    at: NOW.toISOString(),
  }));
const HASHES = new Set(
  [...agreeing('litecoin'), ...agreeing('komodo')].flatMap(({ marks }) => marks.map((mark) => mark.hash)),
);

const asking = (version: string): Mandate => ({
  notice: 'n1',
  subject: 'Update',
  version,
  dueAt: new Date(NOW.getTime() + 3_600_000),
});

interface Family {
  readonly family: 'litecoin' | 'komodo';
  readonly answers: Answers;
  readonly target: Parameters<typeof targetOf>[0];
  /** What a notice asks for. */
  readonly version: string;
  readonly up: readonly string[];
}

let answeredBy: Serve;
const kind = createUtxo(async () =>
  rpcOver('127.0.0.1:9332', async (body) => {
    const { status, body: answer } = answeredBy({ method: 'post', url: '/', body });
    return { status, body: textOf(answer) };
  }),
);

function subject({ family, answers, target: asked, version, up }: Family): Subject {
  const rpc = { url: 'http://127.0.0.1:9332', user: 'tocsin', password: 'fuzz password' };
  const target = targetOf({ rpc, walletFile: '/data/wallet.dat', profile: family, ...asked });
  const reach = {
    executor: statting(1_400_000),
    now: NOW,
    voices: { hear: async () => agreeing(family), tell: async () => undefined },
    mandates: { of: async () => [asking(version)] },
  };
  return {
    name: `utxo, ${family}`,
    kind,
    whole: answerer(answers),
    look(serve) {
      answeredBy = serve;
      return kind.look(target, reach, NEVER);
    },
    up,
    mayBeUp,
  };
}

const [recordedOutput] = told(komodo, 'listunspent') as unknown as readonly object[];
const ALWAYS = ['daemon-answers', 'in-sync', 'fork', 'peers', 'tip-age', 'version'];
const WALLET = ['balance', 'wallet-size', 'disk', 'listunspent-time', 'utxo-count', 'notary-utxos'];

export const subjects: readonly Subject[] = [
  subject({
    family: 'litecoin',
    answers: {
      ...litecoin,
      getblockchaininfo: () => ({ ...told(litecoin, 'getblockchaininfo'), chain: 'main' }),
      getnetworkinfo: () => ({ ...told(litecoin, 'getnetworkinfo'), connections: 8 }),
      getblockhash: hash,
      listunspent: () => outputs(12),
    },
    target: {},
    version: '0.21.2',
    up: [...ALWAYS, ...WALLET],
  }),
  subject({
    family: 'komodo',
    answers: {
      ...komodo,
      getinfo: () => ({
        ...told(komodo, 'getinfo'),
        tiptime: SECONDS - 90,
        pubkey: PUBKEY,
        notaryid: 5,
        lastmined: BLOCKS.komodo - 20,
      }),
      getbalance: () => 50,
      getblockhash: hash,
      validateaddress: () => ({ isvalid: true, ismine: true }),
      listlockunspent: () => [],
      listunspent: () => Array.from({ length: 12 }, (_, vout) => ({ ...recordedOutput, vout })),
      listtransactions: () => [
        { category: 'receive', address: 'x', amount: 1, time: SECONDS - 900, confirmations: 9 },
        {
          category: 'send',
          address: NOTARISATIONS,
          amount: -0.000836,
          time: SECONDS - 600,
          confirmations: 5,
        },
      ],
    },
    target: { pubkey: PUBKEY, dpow: {} },
    version: '0.9.0',
    up: [...ALWAYS, 'key-loaded', ...WALLET, 'last-notarisation', 'last-mined'],
  }),
];
