import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import type { KubernetesObject } from "./kubernetesObject";

/** The text of a map in the order of its names, so that equal input gives equal text; nothing for an empty one. */
export function sortedMap(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  const entries = Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** What an object of no namespace carries: the same as every other. */
export function clusterWideMetadata(spec: KubernetesClusterSpec, name: string): KubernetesObject["metadata"] {
  const { namespace: _, ...metadata } = objectMetadata(spec, name);
  return metadata;
}

/** What every object of a cluster carries: whose it is, and what the user adds to all. */
export function objectMetadata(
  spec: KubernetesClusterSpec,
  name: string,
  own: Pick<KubernetesObject["metadata"], "labels" | "annotations"> = {},
): KubernetesObject["metadata"] & { readonly namespace: string } {
  const labels = sortedMap({
    ...spec.objectLabels,
    "app.kubernetes.io/managed-by": "rayfleet",
    "app.kubernetes.io/part-of": spec.name,
    ...own.labels,
  });
  const annotations = sortedMap({ ...spec.objectAnnotations, ...own.annotations });
  return {
    name,
    namespace: spec.namespace,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
