import type { ManifestNode } from "./manifestNode";
import { envNamed } from "./manifestRule";
import type { ClusterParts } from "./rayManifest";

const versionVariable = "RAY_enable_autoscaler_v2";

/** `version: v2` is written. */
export function isV2Written({ spec }: ClusterParts): boolean {
  return spec.at("autoscalerOptions", "version").text === "v2";
}

/** The head's variable that chooses the autoscaler, wherever it is set. */
export function versionVariables({ headContainer }: ClusterParts): readonly ManifestNode[] {
  return envNamed(headContainer.get("env"), versionVariable);
}

/** The head's variable says version 2. Only the first of that name counts. */
export function isV2ByVariable({ headContainer }: ClusterParts): boolean {
  const variable = headContainer.get("env").items.find((item) => item.get("name").text === versionVariable);
  return ["1", "true"].includes(variable?.get("value").text ?? "");
}

/** Version 2 is written, or set by the variable. What Ray's version chooses by itself does not count for the operator. */
export function isV2Stated(cluster: ClusterParts): boolean {
  return isV2Written(cluster) || isV2ByVariable(cluster);
}
