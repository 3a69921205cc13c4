import type { KubeApi } from "../kubernetes-api/kubeApi";
import { unlessKnownMissing } from "../kubernetes-api/unlessMissing";
import { placeOf, placeText, type RayObject } from "./rayObject";
import type { SurroundingProblem } from "./surroundings";

interface ApiGroup {
  readonly preferredVersion?: { readonly version: string };
}

/**
 * Looks whether the queue that an object names can admit it: Kueue is there, and the LocalQueue is. Without Kueue the label is read by nobody, and the object starts at once.
 */
export async function queueProblems(api: KubeApi, object: RayObject, signal: AbortSignal): Promise<readonly SurroundingProblem[]> {
  const queue = object.metadata.labels?.["kueue.x-k8s.io/queue-name"];
  if (queue === undefined) return [];
  const name = placeText(placeOf(object));
  const group = (await unlessKnownMissing(api.call({ method: "GET", path: "/apis/kueue.x-k8s.io" }, signal))) as ApiGroup | undefined;
  if (group === undefined) {
    return [{ text: `${name}: waits in the queue ${queue}, and there is no Kueue in the cluster. Install Kueue, or remove kueue.` }];
  }
  const version = group.preferredVersion?.version ?? "v1beta2";
  const path = `/apis/kueue.x-k8s.io/${version}/namespaces/${object.metadata.namespace}/localqueues/${queue}`;
  const found = await unlessKnownMissing(api.call({ method: "GET", path }, signal));
  if (found !== undefined) return [];
  const mend = "Make it (kueue.localQueues), or name one that is there.";
  return [
    {
      of: "queue",
      text: `${name}: waits in the queue ${queue}, and namespace ${object.metadata.namespace} has none of that name. ${mend}`,
    },
  ];
}
