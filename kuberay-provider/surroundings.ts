import type { KubeApi } from "../kubernetes-api/kubeApi";
import { unlessKnownMissing, unlessMissing } from "../kubernetes-api/unlessMissing";
import { queueProblems } from "./queueProblems";
import { placeOf, placeText, plurals, type RayObject, type RayPlace } from "./rayObject";

/** What must be there before an object can be: each has somebody who makes it. */
export type Surrounding = "namespace" | "operator" | "queue";

/** Something that an object needs and that is not as it must be. */
export interface SurroundingProblem {
  /** Who makes it; undefined: no program does. */
  readonly of?: Surrounding;
  readonly text: string;
}

interface AccessQuestion {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
}

/**
 * Looks whether an object can be made where it is to be: the API server answers, KubeRay's kind is known, the namespace is there, so is the queue that it is to wait in, and
 * whoever asks has the rights.
 *
 * What may not be looked at is taken to be there.
 *
 * @throws KubernetesError when the API server does not answer
 */
export async function surroundingProblems(api: KubeApi, object: RayObject, signal: AbortSignal): Promise<readonly SurroundingProblem[]> {
  const place = placeOf(object);
  const kinds = await kindProblems(api, place, signal);
  const namespace = await namespaceProblems(api, place, signal);
  const refused = await Promise.all(questions(place).map((question) => accessProblem(api, place, question, signal)));
  return [...kinds, ...namespace, ...(await queueProblems(api, object, signal)), ...refused.flat()];
}

async function kindProblems(api: KubeApi, { kind }: RayPlace, signal: AbortSignal): Promise<readonly SurroundingProblem[]> {
  const found = (await unlessMissing(api.call({ method: "GET", path: "/apis/ray.io/v1" }, signal))) as
    | { readonly resources?: readonly { readonly kind: string }[] }
    | undefined;
  const kinds = found?.resources?.map((one) => one.kind) ?? [];
  if (kinds.includes(kind)) return [];
  const got =
    kinds.length === 0
      ? "KubeRay's CRDs are not installed"
      : `KubeRay's CRDs there do not have it; got ${[...new Set(kinds)].sort().join(", ")}`;
  return [{ of: "operator", text: `${kind}: ${got}. Install them with the operator (operator.install), or upgrade them.` }];
}

async function namespaceProblems(api: KubeApi, { namespace }: RayPlace, signal: AbortSignal): Promise<readonly SurroundingProblem[]> {
  const found = await unlessKnownMissing(api.call({ method: "GET", path: `/api/v1/namespaces/${namespace}` }, signal));
  if (found !== undefined) return [];
  return [{ of: "namespace", text: `namespace ${namespace}: is not there. Set createNamespace: true, or make it.` }];
}

/** Everything that the provider asks of the API server. */
function questions({ kind }: RayPlace): readonly AccessQuestion[] {
  const own = ["get", "create", "patch", "delete"].map((verb) => ({ verb, group: "ray.io", resource: plurals[kind] }));
  const listed = kind === "RayCluster" ? ["pods", "events"] : ["events"];
  return [...own, ...listed.map((resource) => ({ verb: "list", group: "", resource }))];
}

async function accessProblem(
  api: KubeApi,
  place: RayPlace,
  { verb, group, resource }: AccessQuestion,
  signal: AbortSignal,
): Promise<readonly SurroundingProblem[]> {
  const resourceAttributes = { namespace: place.namespace, verb, group, resource };
  const body = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const answer = (await api.call({ method: "POST", path, body }, signal)) as { readonly status?: { readonly allowed?: boolean } };
  if (answer.status?.allowed !== false) return [];
  const what = group === "" ? resource : `${resource}.${group}`;
  return [{ text: `${placeText(place)}: you may not ${verb} ${what} in namespace ${place.namespace}. Ask for a Role that allows it.` }];
}
