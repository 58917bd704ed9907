import type { ThresholdOverrides } from './node.ts';

/** When something ends: with the block of this height, or with the first one dated so, ISO 8601; whichever comes first. */
export interface Sunset {
  readonly height?: number | undefined;
  readonly time?: string | undefined;
}

/** Delayed proof of work: notaries of this chain write its blocks into another chain. Without an end it goes on. */
export interface Dpow {
  readonly until?: Sunset | undefined;
}

export type ChainNetwork = 'main' | 'test' | 'regtest';
type ByNetwork<T> = Readonly<Record<ChainNetwork, T>>;

/** What coins of one make have in common. */
export interface Profile {
  /** Meant between two blocks. */
  readonly blockSeconds: number;
  /** The program that speaks with the daemon on its own machine. */
  readonly cli: string;
  /** Where the RPC listens when nothing else is said; assetchains always say. */
  readonly rpcPorts: ByNetwork<number>;
  /** The first bytes, hex, of an address that is a public key's hash. */
  readonly addressPrefix: ByNetwork<string>;
  /** Of chains whose notaries sign with UTXOs of their own. */
  readonly dpow?:
    | {
        /** Of the first chain of the make, and of those that were made with its daemon. */
        readonly main: Dpow;
        readonly assetchains: Dpow;
      }
    | undefined;
  /** Where its figures differ from those of the kind; `{}` = none. */
  readonly thresholds: ThresholdOverrides;
}

const BITCOIN: Profile = {
  blockSeconds: 600,
  cli: 'bitcoin-cli',
  rpcPorts: { main: 8332, test: 18_332, regtest: 18_443 },
  addressPrefix: { main: '00', test: '6f', regtest: '6f' },
  thresholds: {
    'tip-age': { warn: 120, critical: 360 },
    // Nothing is notarised with it.
    'notary-utxos': {},
    'notary-utxos-most': {},
    'fork-depth': { critical: 3 },
  },
};

/** Every make there is, by the name that fleet files give it. Ports and prefixes: each daemon's chainparams. */
export const PROFILES: Readonly<Record<string, Profile>> = {
  komodo: {
    blockSeconds: 60,
    cli: 'komodo-cli',
    rpcPorts: { main: 7771, test: 17_771, regtest: 17_771 },
    addressPrefix: { main: '3c', test: '3c', regtest: '3c' },
    // komodod 0.9.2 ended it: KMD at a height, its assetchains at a time.
    dpow: {
      main: { until: { height: 4_771_595 } },
      assetchains: { until: { time: '2026-01-04T12:00:00Z' } },
    },
    thresholds: {},
  },
  litecoin: {
    blockSeconds: 150,
    cli: 'litecoin-cli',
    rpcPorts: { main: 9332, test: 19_332, regtest: 19_443 },
    addressPrefix: { main: '30', test: '6f', regtest: '6f' },
    thresholds: { 'tip-age': { warn: 45, critical: 180 }, 'fork-depth': { critical: 4 } },
  },
  bitcoin: BITCOIN,
  verus: {
    blockSeconds: 60,
    cli: 'verus',
    rpcPorts: { main: 27_486, test: 18_843, regtest: 18_843 },
    addressPrefix: { main: '3c', test: '3c', regtest: '3c' },
    thresholds: {},
  },
  dogecoin: {
    ...BITCOIN,
    blockSeconds: 60,
    cli: 'dogecoin-cli',
    rpcPorts: { main: 22_555, test: 44_555, regtest: 18_332 },
    addressPrefix: { main: '1e', test: '71', regtest: '6f' },
    thresholds: {},
  },
  zcash: {
    ...BITCOIN,
    blockSeconds: 75,
    cli: 'zcash-cli',
    rpcPorts: { main: 8232, test: 18_232, regtest: 18_232 },
    addressPrefix: { main: '1cb8', test: '1d25', regtest: '1d25' },
    thresholds: {},
  },
};

export const profileOf = (name: string | undefined): Profile | undefined =>
  name !== undefined && Object.hasOwn(PROFILES, name) ? PROFILES[name] : undefined;

/** What is known of a chain, as its daemon tells it. */
export interface ChainState {
  readonly blocks: number;
  /** Time of its newest block, seconds since 1970. */
  readonly tipTime?: number | undefined;
  /** The chain's own name, of daemons that run several. */
  readonly name?: string | undefined;
}

/** Whether blocks of a chain are notarised, are not any more, or never were as far as is known: as the coin says it, else as its make does. */
export function notarising(
  profile: Profile | undefined,
  own: Dpow | false | undefined,
  { blocks, tipTime, name }: ChainState,
): 'yes' | 'ended' | 'never' {
  if (own === false) return 'ended';
  const isMain = name === undefined || name === 'KMD';
  const dpow = own ?? (isMain ? profile?.dpow?.main : profile?.dpow?.assetchains);
  if (!dpow) return 'never';
  const { height = Infinity, time } = dpow.until ?? {};
  const isDatedBefore = time === undefined || (tipTime ?? 0) * 1000 < Date.parse(time);
  return blocks < height && isDatedBefore ? 'yes' : 'ended';
}
