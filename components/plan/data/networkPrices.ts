/** What the network bills by the hour, us-east-1 list prices in USD. Traffic comes on top. */
export const networkPrices = {
  source: "AWS VPC and PrivateLink price pages, us-east-1",
  asOf: "2026-02",
  natGatewayHourlyUsd: 0.045,
  /** Each NAT gateway has one. */
  publicAddressHourlyUsd: 0.005,
  /** Per service and zone. */
  interfaceEndpointHourlyUsd: 0.01,
} as const;
