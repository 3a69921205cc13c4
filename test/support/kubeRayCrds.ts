import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { RayKind } from "../../contract/kuberay/kubeRayFields";
import type { RayCrd } from "../../kuberay-provider/crds/rayCrd";

/** A CRD of one of KubeRay's kinds, with these fields in its spec beside a pod template with those. */
export function aRayCrd(kind: RayKind, fields: readonly string[], podFields: readonly string[] = ["containers"]): RayCrd {
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const objectOf = (names: readonly string[]) => ({
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, anything])),
  });
  const spec = objectOf(fields);
  const template = { type: "object", properties: { spec: objectOf(podFields) } };
  const properties = { spec: { ...spec, properties: { ...spec.properties, template } }, status: anything };
  const plural = `${kind.toLowerCase()}s`;
  const version = {
    name: "v1",
    served: true,
    storage: true,
    subresources: { status: {} },
    schema: { openAPIV3Schema: { type: "object", properties } },
  };
  const crd = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.ray.io` },
    spec: {
      group: "ray.io",
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [version],
    },
  };
  return crd;
}

/** Writes the CRDs of all kinds as KubeRay's repository has them. */
export function writeRayCrds(folder: string, fields: readonly string[]): string {
  mkdirSync(folder, { recursive: true });
  for (const kind of ["RayCluster", "RayJob", "RayService", "RayCronJob"] as const) {
    writeFileSync(join(folder, `ray.io_${kind.toLowerCase()}s.yaml`), stringify(aRayCrd(kind, fields)));
  }
  return folder;
}
