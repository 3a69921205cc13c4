/** One availability zone's two address blocks. */
export interface ZoneSubnets {
  /** Position among the cluster's zones, 0-based; part of the resource name, so it never shifts. */
  readonly index: number;
  /** Holds only NAT gateways; small. */
  readonly publicCidr: string;
  /** Holds the nodes. */
  readonly privateCidr: string;
}
