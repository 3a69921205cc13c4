/** What a node of ElastiCache for Valkey bills by the hour, us-east-1 list prices in USD. Snapshots and traffic between zones come on top. */
export const cachePrices: {
  readonly source: string;
  readonly asOf: string;
  readonly nodeHourlyUsd: Readonly<Record<string, number>>;
} = {
  source: "Amazon ElastiCache price page, Valkey, us-east-1",
  asOf: "2024-11",
  nodeHourlyUsd: {
    "cache.t4g.micro": 0.0128,
    "cache.t4g.small": 0.0256,
    "cache.t4g.medium": 0.052,
    "cache.m7g.large": 0.1264,
    "cache.r7g.large": 0.1752,
  },
};
