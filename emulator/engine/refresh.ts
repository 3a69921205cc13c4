import { diffProperties, pathsOf } from "../provider/propertyDiff";
import type { DeploymentContext } from "./deployment";
import { Limiter } from "./limiter";
import { revealedProperties, sealed, secretKeys } from "./secrets";
import type { ResourceState } from "./stackState";
import { isProviderType } from "./urn";

const PARALLEL_READS = 16;

/** Reads every resource again and records what differs, so that the next `up` mends it; one that is gone is forgotten. */
export async function refreshResources(context: DeploymentContext): Promise<void> {
  const limiter = new Limiter(PARALLEL_READS);
  const readable = [...context.state.resources.values()].filter(
    (resource) => resource.custom && !resource.external && !isProviderType(resource.type),
  );
  await Promise.all(readable.map((resource) => limiter.run(() => refreshOne(resource, context))));
}

async function refreshOne(resource: ResourceState, context: DeploymentContext): Promise<void> {
  const { state, providers, journal, signal } = context;
  signal.throwIfAborted();
  const startedAtMs = performance.now();
  const { urn, type, id = "" } = resource;
  const inputs = revealedProperties(resource.inputs);
  const outputs = revealedProperties(resource.outputs);
  const found = await providers.find(resource.provider).read({ type, id, inputs, outputs, signal });
  if (found === undefined) {
    state.resources.delete(urn);
    state.save();
    journal.step("delete", urn, { startedAtMs });
    return;
  }
  const changed = pathsOf(diffProperties(outputs, found.outputs));
  if (changed.length > 0) {
    // In place, so that the order of creation stays.
    state.resources.set(urn, {
      ...resource,
      inputs: sealed(found.inputs, secretKeys(resource.inputs)),
      outputs: sealed(found.outputs, secretKeys(resource.outputs)),
    });
    state.save();
  }
  journal.step(changed.length > 0 ? "update" : "same", urn, { changed, startedAtMs });
}
