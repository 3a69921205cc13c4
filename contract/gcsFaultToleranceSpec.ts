import * as z from "zod";
import { cidr, formed } from "./formedText";

const existingRedisSchema = z.strictObject({
  redisAddress: formed(
    /^rediss?:\/\/[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?:\d{1,5}$/,
    "rediss://host:port with TLS, or redis://host:port",
  ).describe("Address of the primary, as Ray takes it."),
  redisUsername: z
    .string()
    .min(1)
    .optional()
    .describe("User of Redis' access control lists, beside a password. By default Redis' own default user."),
  redisPasswordSecretArn: formed(/^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:\S+$/, "the ARN of a secret in Secrets Manager")
    .optional()
    .describe("The secret that holds the password and nothing else, encrypted with the account's own key. The head alone may read it."),
  cidr: cidr.describe(
    "The network that the address is in, for the head's firewall; an address alone with /32. The other side has to let the head in.",
  ),
});

/** What a user writes under `gcsFaultTolerance` of a cluster: where Ray's control store keeps its state. */
export const gcsFaultToleranceSpecSchema = z.strictObject({
  nodeType: formed(/^cache\.[a-z0-9-]+\.[a-z0-9]+$/, "an ElastiCache node type such as cache.t4g.small")
    .default("cache.t4g.small")
    .describe(
      "Node type of the ElastiCache for Valkey that is made. It must hold the cluster's tables and the packages of `working_dir`: 1.4 GiB by default.",
    ),
  replicas: z
    .int()
    .min(0)
    .max(5)
    .default(1)
    .describe("Copies in other zones, one of which takes over when the primary is lost. With 0 the state is lost with its one node."),
  snapshotRetentionDays: z
    .int()
    .min(0)
    .max(35)
    .default(0)
    .describe("How long daily snapshots are kept, days; 0: none are made. An old state is of little use to running workers."),
  existing: existingRedisSchema
    .optional()
    .describe("Use a Redis or Valkey that is there already; then none is made, and the other keys of `gcsFaultTolerance` must be absent."),
});
