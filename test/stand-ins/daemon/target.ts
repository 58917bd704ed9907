import type { Access, NodeId, RpcAccess, Service, ServiceId, Target } from '#src/domain/node.ts';
import type { SeatId } from '#src/domain/seat.ts';

interface Asked
  extends
    Partial<Pick<Service, 'kind' | 'pubkey' | 'walletFile' | 'coin'>>,
    Partial<Pick<Target, 'dpow' | 'references'>> {
  readonly rpc?: RpcAccess | undefined;
  readonly access?: Access;
  readonly node?: string;
  readonly service?: string;
  readonly thresholds?: Target['thresholds'];
  readonly profile?: string;
  readonly utxoSats?: number;
}

/** One daemon of seat red_EU; LTC on red-1 unless told otherwise. */
export function targetOf({
  rpc,
  access = { kind: 'local' },
  node = 'red-1',
  service = 'LTC',
  thresholds = {},
  profile = 'litecoin',
  utxoSats = 10_000,
  dpow,
  references,
  ...rest
}: Asked = {}): Target {
  const own: Service = {
    id: service as ServiceId,
    kind: 'utxo',
    coin: service,
    rpc,
    thresholds: {},
    ...rest,
  };
  const where = { id: node as NodeId, seat: 'red_EU' as SeatId, access, services: [own] };
  return { node: where, service: own, thresholds, profile, utxoSats, dpow, references };
}
