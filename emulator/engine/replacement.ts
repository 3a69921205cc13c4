import { changesUnder, type PropertyChange } from "../provider/propertyDiff";
import type { DeploymentContext } from "./deployment";
import type { ResourceState } from "./stackState";

/**
 * What has to be deleted before a resource that is deleted before it is replaced: everything that took a value from it in a property whose
 * change replaces, and so cannot outlive it. Last dependents first.
 *
 * @throws Error when one of them is protected
 */
export function mustGoFirst(
  replaced: ResourceState,
  { state, providers }: Pick<DeploymentContext, "state" | "providers">,
): ResourceState[] {
  const found: ResourceState[] = [];
  const visit = (resource: ResourceState) => {
    for (const other of state.resources.values()) {
      if (other === replaced || found.includes(other) || !other.custom || other.external) continue;
      const fromIt: PropertyChange[] = Object.entries(other.propertyDependencies)
        .filter(([, urns]) => urns.includes(resource.urn))
        .map(([path]) => ({ path, kind: "update" }));
      if (fromIt.length === 0) continue;
      if (changesUnder(fromIt, providers.find(other.provider).replacingInputs(other.type)).length === 0) continue;
      if (other.protect) throw new Error(`needs ${other.urn} deleted first, which is protected. Run up with protect: false on it first.`);
      visit(other);
      found.push(other);
    }
  };
  visit(replaced);
  return found;
}
