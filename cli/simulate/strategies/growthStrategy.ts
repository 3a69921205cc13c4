import type { DecisionRequest } from "../../../contract/decision";
import { type Growth, idleNodes, mergedLaunches, missingToMinimum, withinLimits } from "./limits";
import type { Strategy } from "./strategy";

/** A policy that differs from others in what it launches for what waits, and in how long it keeps idle nodes. */
export function growthStrategy({
  idleSeconds,
  growth,
  ...shown
}: Pick<Strategy, "name" | "description"> & {
  readonly idleSeconds: number;
  readonly growth: (request: DecisionRequest) => Growth;
}): Strategy {
  return {
    ...shown,
    loopSeconds: 10,
    idleTimeoutSeconds: () => idleSeconds,
    choose({ request }) {
      const { launch: wanted, needed } = growth(request);
      const launch = mergedLaunches([...missingToMinimum(request), ...wanted]);
      return { launch: withinLimits(request, launch), drain: idleNodes(request, { timeoutSeconds: () => idleSeconds, needed }) };
    },
  };
}
