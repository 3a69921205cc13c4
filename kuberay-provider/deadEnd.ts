import { GIVEN_UP } from "./awaitRayService";
import type { RayObject } from "./rayObject";

/** Why the operator will never look at a change of an object, so that it must be made anew; undefined where it does. Nothing of such an object runs. */
export function deadEnd({ kind, status = {} }: RayObject): string | undefined {
  if (kind === "RayJob" && status["jobDeploymentStatus"] === "ValidationFailed") return "the operator refused it, and looks at it no more";
  if (kind !== "RayService") return undefined;
  const conditions = (status["conditions"] ?? []) as readonly { readonly type?: string; readonly reason?: string }[];
  const isGivenUp = conditions.some(({ type, reason }) => type === "Ready" && reason === GIVEN_UP);
  return isGivenUp ? "the operator gave it up when it did not serve in time" : undefined;
}
