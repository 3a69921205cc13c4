import type { Setup } from "../setup";
import { clusterAutoscalerLikeStrategy } from "./clusterAutoscalerLike";
import { karpenterLikeStrategy } from "./karpenterLike";
import { oracleStrategy } from "./oracle";
import { rayStrategy } from "./ray";
import type { Strategy } from "./strategy";

const comparable: Readonly<Record<string, (setup: Setup) => Strategy>> = {
  ray: () => rayStrategy,
  "karpenter-like": ({ sharedIdleTimeoutSeconds }) => karpenterLikeStrategy(sharedIdleTimeoutSeconds),
  "cluster-autoscaler-like": ({ sharedIdleTimeoutSeconds }) => clusterAutoscalerLikeStrategy(sharedIdleTimeoutSeconds),
  oracle: ({ groups }) => oracleStrategy(groups),
};

/** Names that `--compare` takes. */
export const comparableNames: readonly string[] = Object.keys(comparable);

/** The policy of this name for a cluster; undefined when there is none. */
export function strategyNamed(name: string, setup: Setup): Strategy | undefined {
  return Object.hasOwn(comparable, name) ? comparable[name]?.(setup) : undefined;
}
