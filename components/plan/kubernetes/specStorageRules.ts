import { redisPort } from "../gcsStorage";
import { quoteValue } from "../specProblem";
import type { KubernetesRule } from "./kubernetesRule";

const headReachesRedis: KubernetesRule = ({ spec: { networkPolicy, gcsFaultTolerance } }) =>
  !networkPolicy.enabled ||
  networkPolicy.egress === "open" ||
  gcsFaultTolerance?.redis === undefined ||
  gcsFaultTolerance.redis.cidr !== undefined
    ? []
    : [
        {
          path: ["gcsFaultTolerance", "redis", "cidr"],
          involves: [["networkPolicy", "egress"]],
          problem: "is missing, so the network policy would keep the head from it",
          got: "nothing",
          expected: "the network of the address with networkPolicy.egress: restricted",
          fix: "Add it.",
        },
      ];

const oneStore: KubernetesRule = ({ spec: { gcsFaultTolerance: storage } }) => {
  const named = [storage?.redis, storage?.embedded].filter((store) => store !== undefined).length;
  return storage === undefined || named === 1
    ? []
    : [
        {
          path: ["gcsFaultTolerance"],
          problem: named === 2 ? "names two stores" : "names no store",
          got: named === 2 ? "redis and embedded" : "neither",
          expected: "exactly one of redis and embedded",
          fix: named === 2 ? "Remove one." : "Add one.",
        },
      ];
};

const largestPort = 65_535;

const redisPortExists: KubernetesRule = ({ spec: { gcsFaultTolerance } }) => {
  const address = gcsFaultTolerance?.redis?.redisAddress;
  const port = address === undefined ? 1 : redisPort(address);
  return port >= 1 && port <= largestPort
    ? []
    : [
        {
          path: ["gcsFaultTolerance", "redis", "redisAddress"],
          problem: "has a port that does not exist",
          got: quoteValue(address),
          expected: `a port from 1 to ${largestPort}`,
          fix: "Write the port at which the store takes connections, usually 6379.",
        },
      ];
};

const redisUserHasPassword: KubernetesRule = ({ spec: { gcsFaultTolerance } }) => {
  const { redisUsername, redisPasswordSecret } = gcsFaultTolerance?.redis ?? {};
  return redisUsername === undefined || redisPasswordSecret !== undefined
    ? []
    : [
        {
          path: ["gcsFaultTolerance", "redis", "redisUsername"],
          problem: "has no password beside it",
          got: quoteValue(redisUsername),
          expected: "redisPasswordSecret with it, or neither",
          fix: "Name the Secret with the user's password, or remove the user.",
        },
      ];
};

const claimAlone: KubernetesRule = ({ spec: { gcsFaultTolerance } }) => {
  const { claimName, sizeGiB, storageClassName } = gcsFaultTolerance?.embedded ?? {};
  return claimName === undefined || (sizeGiB === undefined && storageClassName === undefined)
    ? []
    : [
        {
          path: ["gcsFaultTolerance", "embedded", "claimName"],
          problem: "names a volume that is there beside what one to be made is like",
          got: quoteValue(claimName),
          expected: "either claimName, or sizeGiB and storageClassName",
          fix: "Remove one of the two.",
        },
      ];
};

/** Rules about where Ray's control store keeps its state. */
export const specStorageRules: Readonly<Record<string, KubernetesRule>> = {
  headReachesRedis,
  oneStore,
  redisPortExists,
  redisUserHasPassword,
  claimAlone,
};
