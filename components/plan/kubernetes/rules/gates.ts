import { featureGates } from "../../../../contract/kuberay/featureGates";
import type { ManifestNode } from "./manifestNode";
import { type FoundProblem, problemAt, type RuleContext } from "./manifestRule";
import { isOlderRelease } from "./releaseVersion";

/** True when a feature gate is on: set so, or by the operator's own default. */
export function isGateOn(
  gate: string,
  { featureGates: set, operatorVersion }: Pick<RuleContext, "featureGates" | "operatorVersion">,
): boolean {
  const onSince = featureGates[gate]?.onSince;
  const byDefault = onSince !== undefined && !isOlderRelease(operatorVersion, onSince);
  return Object.hasOwn(set, gate) ? set[gate] === true : byDefault;
}

/** A problem at a node that is set while its gate is off. */
export function needsGate(node: ManifestNode, gate: string, context: RuleContext): readonly FoundProblem[] {
  const problem = problemAt(node, {
    problem: `needs the operator's feature gate ${gate}, which is off`,
    expected: `nothing, or the gate ${gate} on`,
    fix: "Turn the gate on in the operator's featureGates, or remove this.",
  });
  return node.isSet && !isGateOn(gate, context) ? [problem] : [];
}
