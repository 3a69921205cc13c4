import { type FeatureGate, featureGates } from "../../../contract/kuberay/featureGates";
import { isGateOn } from "./rules/gates";
import { isOlderRelease } from "./rules/releaseVersion";

function isKnown({ since, until }: FeatureGate, version: string): boolean {
  const there = since === undefined || !isOlderRelease(version, since);
  return there && (until === undefined || isOlderRelease(version, until));
}

/** Names of all gates that a release of the operator knows. */
export function knownGates(version: string): readonly string[] {
  return Object.entries(featureGates).flatMap(([name, gate]) => (isKnown(gate, version) ? [name] : []));
}

/** Every gate that a release knows, and whether it is on with the user's changes. */
export function operatorGates(operatorVersion: string, changes: Readonly<Record<string, boolean>>): ReadonlyMap<string, boolean> {
  return new Map(knownGates(operatorVersion).map((name) => [name, isGateOn(name, { operatorVersion, featureGates: changes })]));
}
