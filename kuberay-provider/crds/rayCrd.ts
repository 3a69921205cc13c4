import { rayKinds } from "../../contract/kuberay/kubeRayFields";
import { KubernetesError } from "../../kubernetes-api/kubernetesError";

interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** A CustomResourceDefinition, as much of it as is looked at. */
export interface RayCrd {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema?: { readonly openAPIV3Schema?: SchemaNode } }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Fields of pods come and go with Kubernetes' own releases; KubeRay's own only come. */
const POD_TEMPLATE = /^template$|PodTemplate$/;

/** @throws KubernetesError when the text's content is no CRD of KubeRay's */
export function readRayCrd(content: unknown, where: string): RayCrd {
  const crd = content as Partial<RayCrd> | null | undefined;
  if (crd?.spec?.group === "ray.io" && rayKinds.some((kind) => kind === crd.spec?.names.kind) && crd.metadata !== undefined) {
    return crd as RayCrd;
  }
  throw new KubernetesError(
    `${where}: is no CRD of KubeRay's; expected a CustomResourceDefinition of ${rayKinds.join(", ")}. Look at operator.crds.source.`,
  );
}

/** Paths of KubeRay's own fields, in every version of the kind. */
export function ownFields({ spec: { versions } }: RayCrd): ReadonlySet<string> {
  const fields = new Set<string>();
  const walk = (node: SchemaNode, path: string): void => {
    for (const [name, inner] of Object.entries(node.properties ?? {})) {
      const at = `${path}.${name}`;
      fields.add(at);
      if (!POD_TEMPLATE.test(name)) walk(inner, at);
    }
    if (node.items !== undefined) walk(node.items, `${path}[]`);
  };
  for (const { name, schema } of versions) walk(schema?.openAPIV3Schema ?? {}, name);
  return fields;
}

/** KubeRay's own fields that `live` has and `wanted` has not: there are some just when `live` is of a later release. */
export function fieldsLost(live: RayCrd, wanted: RayCrd): readonly string[] {
  const kept = ownFields(wanted);
  return [...ownFields(live)].filter((field) => !kept.has(field));
}
