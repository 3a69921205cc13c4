import { setTimeout as sleep } from "node:timers/promises";
import type { LeavingGroup } from "../components/plan/kubernetes/mergeWorkerGroups";
import type { RayKind } from "../contract/kuberay/kubeRayFields";
import type { KubeApi } from "../kubernetes-api/kubeApi";
import { KubernetesError } from "../kubernetes-api/kubernetesError";
import type { Properties } from "../pulumi-protocol/properties";
import { hasUnknown } from "../pulumi-protocol/wire";
import { type AppliedObject, applyRayObject } from "./applyRayObject";
import { NotReadyError } from "./awaitOperator";
import { awaitRayCluster } from "./awaitRayCluster";
import { awaitRayCronJob } from "./awaitRayCronJob";
import { awaitRayJob } from "./awaitRayJob";
import { awaitRayService } from "./awaitRayService";
import { changeWarnings } from "./changeWarnings";
import { deadEnd } from "./deadEnd";
import { FIELD_MANAGER, KubernetesRayStore } from "./kubernetesRayStore";
import { placeOf, placeText, plurals, type RayObject, type RayPlace } from "./rayObject";
import { parseInputs, type RayObjectInputs } from "./rayObjectInputs";
import { importLive, readLive } from "./readLive";
import type { CallOptions, ResourceState } from "./resourceState";
import { type Surrounding, surroundingProblems } from "./surroundings";

const LOOK_INTERVAL_MS = 500;

/** The object was written and what should follow did not: it goes into the state, and the next update tries again. */
export class InitFailedError extends Error {
  override readonly name = "InitFailedError";

  constructor(
    readonly state: Omit<ResourceState, "inputs">,
    message: string,
  ) {
    super(message);
  }
}

/** Makes, changes, reads and removes Ray's objects in one Kubernetes cluster. Inputs are those that `checkInputs` let through. */
export class RayObjectProvider {
  readonly #api: KubeApi;
  readonly #store: KubernetesRayStore;

  constructor(api: KubeApi) {
    this.#api = api;
    this.#store = new KubernetesRayStore(api);
  }

  /** @throws KubernetesError when it cannot be made there, or is there and not ours; InitFailedError when the operator does not follow */
  async create(inputs: Properties, options: CallOptions): Promise<Omit<ResourceState, "inputs">> {
    if (hasUnknown(inputs)) return { id: "", outputs: inputs };
    const parsed = parseInputs(inputs);
    const { manifest: declared } = parsed;
    const place = placeOf(declared);
    const isThere = await this.#surroundings(declared, options.preview ? parsed.madeBefore : [], options.signal);
    if (!isThere) return { id: "", outputs: inputs };
    const live = await this.#store.read(place, options.signal);
    if (live !== undefined && !isOurs(live)) {
      const id = idOf(place);
      throw new KubernetesError(
        `${placeText(place)}: is there already, and rayfleet did not make it. Take it over with \`pulumi import rayfleet:kubernetes:RayObject NAME ${id}\`, or remove it.`,
      );
    }
    const applied = await this.#apply(declared, { ...options, isUpdate: false });
    if (options.preview) return { id: "", outputs: inputs };
    return await this.#settle(parsed, inputs, applied, options);
  }

  /** @throws KubernetesError when the API server refuses; InitFailedError when the operator does not follow */
  async update(previous: Properties, inputs: Properties, options: CallOptions): Promise<Properties> {
    if (hasUnknown(inputs)) return inputs;
    const parsed = parseInputs(inputs);
    const { manifest: declared } = parsed;
    const pods =
      declared.kind === "RayCluster" ? await this.#store.podsByGroup(placeOf(declared), options.signal) : new Map<string, number>();
    const isUpdate = !(await this.#clearDeadEnd(parsed, options));
    const before = parseInputs(previous).manifest;
    const applied = await this.#apply(declared, { ...options, isUpdate, previous: before });
    const { leaving } = applied;
    for (const warning of changeWarnings(before, declared, { leaving, pods })) options.warn(warning);
    if (options.preview) return inputs;
    return (await this.#settle(parsed, inputs, applied, options)).outputs;
  }

  /** @returns undefined when it is gone */
  async read({ id, inputs }: Pick<ResourceState, "id" | "inputs">, signal: AbortSignal): Promise<ResourceState | undefined> {
    const place = parseId(id);
    const live = await this.#store.read(place, signal);
    if (live === undefined) return undefined;
    const { manifest } = inputs;
    const read = manifest === undefined ? importLive(live) : readLive(manifest as RayObjectInputs["manifest"], live);
    const now = { ...inputs, manifest: read };
    return { id, inputs: now, outputs: outputsOf(now, live, await this.#undeclared(read, live, signal)) };
  }

  /** Waits until it is gone. @throws KubernetesError when it is not in time */
  async delete({ id, inputs }: Pick<ResourceState, "id" | "inputs">, signal: AbortSignal): Promise<void> {
    const place = parseId(id);
    await this.#remove(place, parseInputs(inputs).timeoutSeconds, signal);
  }

  async #remove(place: RayPlace, timeoutSeconds: number, signal: AbortSignal): Promise<void> {
    await this.#store.delete(place, signal);
    const until = performance.now() + timeoutSeconds * 1000;
    for (;;) {
      const live = await this.#store.read(place, signal);
      if (live === undefined) return;
      if (performance.now() > until)
        throw new KubernetesError(`${placeText(place)}: is not gone after ${timeoutSeconds} s. ${keeperText(live)}`);
      await sleep(LOOK_INTERVAL_MS, undefined, { signal });
    }
  }

  /** Removes an object that the operator will never look at again, so that it is made anew. @returns false where it does look */
  async #clearDeadEnd({ manifest, timeoutSeconds }: RayObjectInputs, { preview, signal, warn }: CallOptions): Promise<boolean> {
    if (manifest.kind !== "RayJob" && manifest.kind !== "RayService") return false;
    const place = placeOf(manifest);
    const live = await this.#store.read(place, signal);
    const why = live === undefined ? undefined : deadEnd(live);
    if (why === undefined) return false;
    warn(`${placeText(place)}: is made anew: ${why}.`);
    if (!preview) await this.#remove(place, timeoutSeconds, signal);
    return true;
  }

  /** @returns false when something is still to be made by the same program */
  async #surroundings(object: RayObject, madeBefore: readonly Surrounding[], signal: AbortSignal): Promise<boolean> {
    const problems = await surroundingProblems(this.#api, object, signal);
    const unexpected = problems.filter(({ of }) => of === undefined || !madeBefore.includes(of));
    if (unexpected.length > 0) throw new KubernetesError(unexpected.map(({ text }) => text).join("\n"));
    return problems.length === 0;
  }

  async #apply(
    declared: RayObject,
    { preview, warn: _, ...options }: CallOptions & { readonly isUpdate: boolean; readonly previous?: RayObject },
  ): Promise<AppliedObject> {
    try {
      return await applyRayObject(this.#store, declared, { dryRun: preview, ...options });
    } catch (error) {
      if (!(error instanceof KubernetesError) || !error.message.includes("field not declared in schema")) throw error;
      throw new KubernetesError(
        `${error.message}. The CRD in the cluster does not know this field: upgrade KubeRay's CRDs there, or remove it.`,
      );
    }
  }

  async #settle(
    { timeoutSeconds }: RayObjectInputs,
    inputs: Properties,
    { object, leaving }: AppliedObject,
    { signal, warn }: CallOptions,
  ): Promise<Omit<ResourceState, "inputs">> {
    const place = placeOf(object);
    const id = idOf(place);
    const wait = { RayCluster: awaitRayCluster, RayJob: awaitRayJob, RayService: awaitRayService, RayCronJob: awaitRayCronJob }[
      object.kind
    ];
    const onWarning = ({ reason, message }: { reason: string; message: string }) => warn(`${reason}: ${message}`);
    try {
      const settled = await wait(this.#store, object, place, { timeoutSeconds, signal, onWarning });
      return { id, outputs: outputsOf(inputs, settled, leaving) };
    } catch (error) {
      if (!(error instanceof NotReadyError) && !signal.aborted) throw error;
      throw new InitFailedError(
        { id, outputs: outputsOf(inputs, object, leaving) },
        error instanceof Error ? error.message : String(error),
      );
    }
  }

  async #undeclared(declared: Pick<RayObject, "kind" | "spec">, live: RayObject, signal: AbortSignal): Promise<readonly LeavingGroup[]> {
    if (live.kind !== "RayCluster") return [];
    const known = new Set(groupNames(declared));
    const names = groupNames(live).filter((name) => !known.has(name));
    if (names.length === 0) return [];
    const pods = await this.#store.podsByGroup(placeOf(live), signal);
    return names.map((groupName) => ({ groupName, pods: pods.get(groupName) ?? 0 }));
  }
}

function groupNames({ spec }: Pick<RayObject, "spec">): readonly string[] {
  return ((spec["workerGroupSpecs"] ?? []) as readonly { readonly groupName: string }[]).map(({ groupName }) => groupName);
}

/** Kind, namespace and name: also what `pulumi import` is given. */
function idOf({ kind, namespace, name }: RayPlace): string {
  return `${kind}/${namespace}/${name}`;
}

function parseId(id: string): RayPlace {
  const [kind = "", namespace, name] = id.split("/");
  if (!Object.hasOwn(plurals, kind) || namespace === undefined || name === undefined) {
    throw new KubernetesError(`id: names no object; got ${JSON.stringify(id)}; expected KIND/NAMESPACE/NAME, such as RayCluster/ray/demo.`);
  }
  return { kind: kind as RayKind, namespace, name };
}

function isOurs({ metadata }: RayObject): boolean {
  const { managedFields = [] } = metadata as {
    readonly managedFields?: readonly { readonly manager?: string; readonly operation?: string }[];
  };
  return managedFields.some(({ manager, operation }) => manager === FIELD_MANAGER && operation === "Apply");
}

function keeperText({ metadata }: RayObject): string {
  const { finalizers = [] } = metadata as { readonly finalizers?: readonly string[] };
  return finalizers.length === 0 ? "Look what keeps it." : `It is kept by ${finalizers.join(", ")}; does the operator run?`;
}

/** The operator names it after a job or a service, not after the cluster that it makes for them. */
function headServiceOf({ kind, metadata, spec, status = {} }: RayObject): unknown {
  if (kind === "RayService" || (kind === "RayJob" && spec["rayClusterSpec"] !== undefined)) return `${metadata.name}-head-svc`;
  return ((status["head"] ?? {}) as { readonly serviceName?: unknown }).serviceName;
}

function outputsOf(inputs: Properties, object: RayObject, leaving: readonly LeavingGroup[]): Properties {
  const serviceName = headServiceOf(object);
  return { ...inputs, leavingGroups: leaving, ...(typeof serviceName === "string" ? { headServiceName: serviceName } : {}) };
}
