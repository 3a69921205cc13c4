import { type Cidr, cidrSize, formatCidr, parseCidr } from "./cidr";

/** One availability zone's two address blocks. */
export interface ZoneSubnets {
  /** Position among the cluster's zones, 0-based; part of the resource name, so it never shifts. */
  readonly index: number;
  /** Holds only NAT gateways; small. */
  readonly publicCidr: string;
  /** Holds the nodes. */
  readonly privateCidr: string;
}

/** Zones are planned for as if there were always this many, so that adding one moves nothing. */
export const maxZones = 4;

/** Addresses of every subnet that AWS keeps for itself: the first four and the last. */
export const reservedAddressesPerSubnet = 5;

/** A private subnet is an eighth of the block: the largest power of two of which four leave room for anything else. */
const privatePrefixBits = 3;

/** A public subnet holds one NAT gateway; 64 addresses leave room for load balancers. */
const publicPrefix = 26;

function subBlock(start: number, prefix: number, index: number): Cidr {
  return { base: start + index * 2 ** (32 - prefix), prefix };
}

/**
 * Divides a cluster's address block: the lower half into four equal private subnets, the upper half holds four small public ones and
 * otherwise stays free.
 *
 * Input: a canonical block from /16 to /24, 1 to 4 zones. Output: one entry per zone.
 * Guarantees: inside the block; never overlapping; private subnets of equal size; zone i gets the same blocks however many zones there are.
 */
export function planSubnets(network: { readonly cidr: string; readonly zones: number }): readonly ZoneSubnets[] {
  const block = parseCidr(network.cidr);
  const upperHalf = block.base + cidrSize(block) / 2;
  const privatePrefix = block.prefix + privatePrefixBits;
  return Array.from({ length: network.zones }, (_, index) => ({
    index,
    publicCidr: formatCidr(subBlock(upperHalf, Math.max(publicPrefix, privatePrefix), index)),
    privateCidr: formatCidr(subBlock(block.base, privatePrefix, index)),
  }));
}
