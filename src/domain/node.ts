import type { z } from 'zod';

import type { Dpow } from './profile.ts';
import type { SeatId } from './seat.ts';
import type { Supervision } from './supervisor.ts';

export type NodeId = string & z.$brand<'NodeId'>;
export type ServiceId = string & z.$brand<'ServiceId'>;

export const ACCESS_KINDS = ['local', 'ssh', 'kubernetes'] as const;
export type AccessKind = (typeof ACCESS_KINDS)[number];

/** How Tocsin reaches the machine itself (not the daemon's RPC). */
export type Access =
  | { readonly kind: 'local' }
  | {
      readonly kind: 'ssh';
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly identityFile: string;
      readonly hostKey: string;
      /** Whether tocsin-gate is the key's forced command there: without it Tocsin only looks. */
      readonly gate?: boolean | undefined;
    }
  | {
      readonly kind: 'kubernetes';
      /** A kubeconfig; without it, and without a context, the service account of the pod that Tocsin runs in. */
      readonly kubeconfig?: string | undefined;
      readonly context?: string | undefined;
      readonly namespace: string;
      /** Label selector of the one pod that is this node, for services that are looked at inside it. */
      readonly pod?: string | undefined;
      /** The container that programs are run in, where the pod has several. */
      readonly container?: string | undefined;
      /** Whether programs may be run in the pod. */
      readonly exec?: boolean | undefined;
    };

/**
 * Where a daemon's JSON-RPC answers: given outright, or by the daemon's own configuration file on its machine,
 * or by its own command line program, run there.
 */
export type RpcAccess =
  | { readonly url: string; readonly user?: string | undefined; readonly password?: string | undefined }
  | { readonly conf: string }
  | { readonly cli: readonly [string, ...string[]] };

/** One daemon of a node. */
export interface Service {
  readonly id: ServiceId;
  readonly kind: string;
  readonly coin?: string | undefined;
  readonly rpc?: RpcAccess | undefined;
  readonly url?: string | undefined;
  /** The notary's compressed public key, hex: its UTXOs are pay-to-public-key outputs. */
  readonly pubkey?: string | undefined;
  /** wallet.dat on the node, where it is not found beside the daemon's configuration. */
  readonly walletFile?: string | undefined;
  /** What keeps its daemon on the node, where that is not a plain process. */
  readonly supervisor?: Supervision | undefined;
  /** How often it is patrolled, where that is not the fleet's `patrol.every`. */
  readonly everyMs?: number | undefined;
  /** The keys of its own kind as they are written, checked against that kind's schema; the kind reads them. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly thresholds: ThresholdOverrides;
}

/** A server of a seat with its daemons. */
export interface Node {
  readonly id: NodeId;
  readonly seat: SeatId;
  readonly server?: string | undefined;
  readonly access: Access;
  readonly services: readonly Service[];
}

/** When a figure is worth a warning and when it is critical; the check says whether low or high is bad. */
export interface Threshold {
  readonly warn?: number | undefined;
  readonly critical?: number | undefined;
}
export type ThresholdOverrides = Readonly<Record<string, Threshold>>;

/** One service of one node: what a look, a patrol or a remedy is aimed at. */
export interface Target {
  readonly node: Node;
  readonly service: Service;
  /** Defaults of the coin, overridden by those of the service. */
  readonly thresholds: ThresholdOverrides;
  /** The coin's profile (komodo, bitcoin, litecoin, verus …) where there is a coin. */
  readonly profile?: string | undefined;
  /** Whether the coin's blocks are notarised, and until when, where it is not as its profile has it. */
  readonly dpow?: Dpow | false | undefined;
  /** Explorers of the coin, to compare its blocks with. */
  readonly references?: readonly string[] | undefined;
  /** Right size of a notary UTXO, satoshis. */
  readonly utxoSats: number;
}
