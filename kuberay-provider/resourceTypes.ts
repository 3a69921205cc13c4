import type * as protocol from "@pulumi/pulumi/proto/provider_pb";
import type { Properties } from "../pulumi-protocol/properties";
import { checkInputs } from "./checkInputs";
import type { ConfiguredProvider } from "./configuredProvider";
import { checkCrdsInputs } from "./crds/checkCrdsInputs";
import { diffCrds } from "./crds/diffCrds";
import { diffObject } from "./diffObject";
import type { CheckProblem } from "./formProblems";
import type { CallOptions, ResourceState } from "./resourceState";

/** How a type of resource is made, changed, read and removed, in one Kubernetes cluster. */
interface ResourceProvider {
  create(inputs: Properties, options: CallOptions): Promise<Omit<ResourceState, "inputs">>;
  update(previous: Properties, inputs: Properties, options: CallOptions): Promise<Properties>;
  read(known: Pick<ResourceState, "id" | "inputs">, signal: AbortSignal): Promise<ResourceState | undefined>;
  delete(known: Pick<ResourceState, "id" | "inputs">, signal: AbortSignal): Promise<void>;
}

/** One type of resource. */
interface ResourceType {
  check(inputs: Properties): readonly CheckProblem[];
  diff(request: protocol.DiffRequest): protocol.DiffResponse;
  provider(configured: ConfiguredProvider): ResourceProvider;
}

/** All that the plugin makes: Ray's objects, whatever their kind, and KubeRay's CRDs. */
const resourceTypes: Readonly<Record<string, ResourceType>> = {
  "rayfleet:kubernetes:RayObject": { check: checkInputs, diff: diffObject, provider: ({ objects }) => objects },
  "rayfleet:kubernetes:RayCrds": { check: checkCrdsInputs, diff: diffCrds, provider: ({ crds }) => crds },
};

/** @throws Error when the plugin has no such type */
export function resourceTypeOf(type: string): ResourceType {
  const found = Object.hasOwn(resourceTypes, type) ? resourceTypes[type] : undefined;
  if (found === undefined) throw new Error(`${type}: is not known; expected ${Object.keys(resourceTypes).join(" or ")}.`);
  return found;
}

/** The type of the resource that a call is about: in a URN it stands between the third and the fourth pair of colons, behind the types of its parents. */
export function resourceOf(request: { getUrn(): string }): ResourceType {
  return resourceTypeOf(request.getUrn().split("::")[2]?.split("$").at(-1) ?? "");
}
