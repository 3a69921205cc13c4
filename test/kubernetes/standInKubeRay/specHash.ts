import { createHash } from "node:crypto";
import type { RayClusterSpec } from "../../../contract/kuberay/rayClusterSpec";

/** Of all that `upgradeStrategy: Recreate` looks at: everything but sizes, tolerations, scheduling gates and the strategy itself. */
export function specHash({ upgradeStrategy: _, workerGroupSpecs = [], ...spec }: RayClusterSpec): string {
  const groups = workerGroupSpecs.map(({ replicas: _r, minReplicas: _i, maxReplicas: _a, scaleStrategy: _s, ...group }) => group);
  const text = JSON.stringify({ ...spec, groups }, (key, value: unknown) => (passedOver.has(key) ? undefined : value));
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

const passedOver = new Set(["tolerations", "schedulingGates"]);
