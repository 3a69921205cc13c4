import { decide } from "../../../autoscaler-agent/decide/decide";
import type { DecisionRequest } from "../../../contract/decision";
import type { SimulatedGroup } from "../setup";
import type { Strategy } from "./strategy";

/**
 * Knows every arrival and duration: buys a boot time ahead, and keeps an idle node only if work comes for it within one.
 * Nothing that lives in the present can do the same; it is a yardstick, not a proven optimum.
 */
export function oracleStrategy(groups: readonly SimulatedGroup[]): Strategy {
  const leadSeconds = groups.reduce((longest, { bootSeconds }) => Math.max(longest, bootSeconds), 0);
  return {
    name: "oracle",
    description: "knows all arrivals and durations and boots ahead: a yardstick that no real policy can follow",
    leadSeconds,
    idleTimeoutSeconds: () => 0,
    choose({ ahead }) {
      const { atEnd, allComing } = ahead(leadSeconds);
      return {
        launch: decide(withoutPatience(atEnd)).launch,
        drain: decide(withoutPatience(allComing)).drain.map(({ id }) => id),
      };
    },
  };
}

function withoutPatience(request: DecisionRequest): DecisionRequest {
  return { ...request, groups: request.groups.map((group) => ({ ...group, idleTimeoutSeconds: 0 })) };
}
