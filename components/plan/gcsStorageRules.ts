import { canonicalCidr } from "./cidr";
import { redisPort } from "./gcsStorage";
import { quoteValue, type SpecPath } from "./specProblem";
import type { SpecRule } from "./specRule";
import { valueAt } from "./specShape";

const storagePath: SpecPath = ["gcsFaultTolerance"];
const existingPath: SpecPath = [...storagePath, "existing"];

/** Keys that describe the cache to be made say nothing about one that is there. */
const existingStorageAlone: SpecRule = ({ spec, written }) => {
  const storage = valueAt(written, storagePath);
  if (spec.gcsFaultTolerance?.existing === undefined || typeof storage !== "object" || storage === null) {
    return [];
  }
  return Object.entries(storage)
    .filter(([key]) => key !== "existing")
    .map(([key, value]) => ({
      path: [...storagePath, key],
      problem: "has no effect beside gcsFaultTolerance.existing",
      got: quoteValue(value),
      expected: "either an existing store or one to be made",
      fix: `Remove gcsFaultTolerance.${key} or gcsFaultTolerance.existing.`,
    }));
};

const largestPort = 65_535;

const redisPortExists: SpecRule = ({ spec }) => {
  const address = spec.gcsFaultTolerance?.existing?.redisAddress;
  if (address === undefined) {
    return [];
  }
  const port = redisPort(address);
  return port >= 1 && port <= largestPort
    ? []
    : [
        {
          path: [...existingPath, "redisAddress"],
          problem: "has a port that does not exist",
          got: quoteValue(address),
          expected: `a port from 1 to ${largestPort}`,
          fix: "Write the port at which the store takes connections, usually 6379.",
        },
      ];
};

/** Redis takes a user and a password together. */
const redisUserHasPassword: SpecRule = ({ spec }) => {
  const existing = spec.gcsFaultTolerance?.existing;
  return existing?.redisUsername === undefined || existing.redisPasswordSecretArn !== undefined
    ? []
    : [
        {
          path: [...existingPath, "redisUsername"],
          involves: [[...existingPath, "redisPasswordSecretArn"]],
          problem: "has no password beside it",
          got: quoteValue(existing.redisUsername),
          expected: "redisPasswordSecretArn with it, or neither",
          fix: "Name the secret with the user's password, or remove the user.",
        },
      ];
};

const storageBlockCanonical: SpecRule = ({ spec }) => {
  const block = spec.gcsFaultTolerance?.existing?.cidr;
  const canonical = block === undefined ? undefined : canonicalCidr(block);
  return block === undefined || canonical === block
    ? []
    : [
        {
          path: [...existingPath, "cidr"],
          problem: "does not begin at the block's first address",
          got: quoteValue(block),
          expected: canonical ?? "",
          fix: `Write ${canonical}, or ${block.split("/")[0]}/32 for that address alone.`,
        },
      ];
};

/** AWS refuses a rule that the head's security group has already, half-way through `pulumi up`. */
const storageEgressOnce: SpecRule = ({ spec }) => {
  const existing = spec.gcsFaultTolerance?.existing;
  if (existing === undefined) {
    return [];
  }
  const port = redisPort(existing.redisAddress);
  return spec.access.egress.flatMap((egress, index) =>
    egress.protocol === "tcp" &&
    egress.fromPort === port &&
    egress.toPort === port &&
    canonicalCidr(egress.cidr) === canonicalCidr(existing.cidr)
      ? [
          {
            path: ["access", "egress", index],
            involves: [existingPath],
            problem: "is permitted already for the head by gcsFaultTolerance.existing",
            got: quoteValue(`tcp ${port} to ${egress.cidr}`),
            expected: "each permission once",
            fix: "Remove it; workers have no business with Ray's control store.",
          },
        ]
      : [],
  );
};

/** Rules about where Ray's control store is kept. */
export const gcsStorageRules: Readonly<Record<string, SpecRule>> = {
  existingStorageAlone,
  redisPortExists,
  redisUserHasPassword,
  storageBlockCanonical,
  storageEgressOnce,
};
