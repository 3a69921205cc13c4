import type { DeploymentContext } from "./deployment";
import { Limiter } from "./limiter";
import { revealedProperties } from "./secrets";
import type { ResourceState } from "./stackState";
import { isProviderType, urnOfProviderReference } from "./urn";

const PARALLEL_DELETIONS = 16;

/** Deletes one resource in the cloud, if it has a life there that is the stack's to end. */
export async function deleteOne(
  resource: ResourceState,
  context: Pick<DeploymentContext, "providers" | "signal" | "isPreview">,
): Promise<void> {
  if (context.isPreview || !resource.custom || resource.external || resource.retainOnDelete || isProviderType(resource.type)) return;
  const { type, id = "" } = resource;
  const inputs = revealedProperties(resource.inputs);
  const outputs = revealedProperties(resource.outputs);
  await context.providers.find(resource.provider).delete({ type, id, inputs, outputs, signal: context.signal });
}

/** True when `user` must be gone before `used` may go. */
function uses(user: ResourceState, used: ResourceState): boolean {
  if (user.urn === used.urn) return false;
  const provider = user.provider === undefined ? undefined : urnOfProviderReference(user.provider);
  return user.parent === used.urn || provider === used.urn || user.dependencies.includes(used.urn);
}

/**
 * For each resource, those that have to go before it. Replaced resources can point at each other in a circle (each at the other's new self);
 * a circle is broken at whatever stands later in the list.
 */
function dependentsOf(doomed: readonly ResourceState[]): Map<ResourceState, ResourceState[]> {
  const users = new Map(doomed.map((resource) => [resource, doomed.filter((other) => uses(other, resource))]));
  const finished = new Set<ResourceState>();
  const visit = (resource: ResourceState, path: ReadonlySet<ResourceState>) => {
    if (finished.has(resource)) return;
    const acyclic = (users.get(resource) ?? []).filter((user) => !path.has(user));
    users.set(resource, acyclic);
    for (const user of acyclic) visit(user, new Set([...path, user]));
    finished.add(resource);
  };
  for (const resource of doomed) visit(resource, new Set([resource]));
  return users;
}

function refuseProtected(doomed: readonly ResourceState[]): void {
  const kept = doomed.find((resource) => resource.protect);
  if (kept !== undefined) throw new Error(`${kept.urn}: cannot be deleted, because it is protected. Run up with protect: false first.`);
}

/**
 * Deletes resources in parallel, each after everything that depends on it. One that fails keeps what it depends on; the rest goes on.
 *
 * @throws Error for the first that failed; nothing is deleted when one is protected
 */
export async function deleteResources(doomed: readonly ResourceState[], context: DeploymentContext): Promise<void> {
  refuseProtected(doomed.filter((resource) => !context.state.pendingDeletions.has(resource)));
  const users = dependentsOf(doomed);
  const limiter = new Limiter(PARALLEL_DELETIONS);
  const gone = new Map<ResourceState, Promise<boolean>>();
  const failures: Error[] = [];
  const remove = (resource: ResourceState): Promise<boolean> => {
    const known = gone.get(resource);
    if (known !== undefined) return known;
    const result = (async () => {
      const before = await Promise.all((users.get(resource) ?? []).map(remove));
      if (before.includes(false) || context.signal.aborted) return false;
      return limiter.run(() => removeRecorded(resource, context, { doomed, failures }));
    })();
    gone.set(resource, result);
    return result;
  };
  await Promise.all([...doomed].reverse().map(remove));
  const [first] = failures;
  if (first !== undefined) throw first;
  if (context.signal.aborted) throw new Error("cancelled", { cause: context.signal.reason });
}

async function removeRecorded(
  resource: ResourceState,
  context: DeploymentContext,
  run: { doomed: readonly ResourceState[]; failures: Error[] },
): Promise<boolean> {
  const startedAtMs = performance.now();
  const goesWithAnother = run.doomed.some((other) => other.urn === resource.deletedWith);
  try {
    if (!goesWithAnother) await deleteOne(resource, context);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    run.failures.push(new Error(context.journal.secrets.redact(`deleting ${resource.urn}: ${text}`), { cause: error }));
    return false;
  }
  forget(resource, context);
  context.journal.step("delete", resource.urn, { startedAtMs });
  return true;
}

function forget(resource: ResourceState, { state }: DeploymentContext): void {
  if (!state.pendingDeletions.delete(resource)) state.resources.delete(resource.urn);
  state.save();
}

/** Finds what interrupted creations left that nobody declares any more, and marks it for deletion. */
export async function adoptAbandonedCreations(context: DeploymentContext, isDeclared: (urn: string) => boolean): Promise<void> {
  const { state, providers, signal, isPreview } = context;
  if (isPreview) return;
  for (const { token, name, resource } of [...state.pendingCreations.values()]) {
    if (isDeclared(resource.urn)) continue;
    const request = { type: resource.type, name, inputs: revealedProperties(resource.inputs), token, signal };
    const found = await providers.find(resource.provider).find(request);
    state.pendingCreations.delete(resource.urn);
    if (found !== undefined) state.pendingDeletions.add({ ...resource, id: found.id, outputs: found.outputs });
    state.save();
  }
}
