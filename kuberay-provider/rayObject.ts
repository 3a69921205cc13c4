import type { RayKind } from "../contract/kuberay/kubeRayFields";

/** Kinds of KubeRay that this provider makes, with the path segment under which the API server has them. */
export const plurals: Readonly<Record<RayKind, string>> = {
  RayCluster: "rayclusters",
  RayJob: "rayjobs",
  RayService: "rayservices",
  RayCronJob: "raycronjobs",
};

/** Any of Ray's objects as the API server has it; what is inside is checked elsewhere. */
export interface RayObject {
  readonly apiVersion: string;
  readonly kind: RayKind;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** Which object is meant. */
export interface RayPlace {
  readonly kind: RayKind;
  readonly namespace: string;
  readonly name: string;
}

export function placeOf({ kind, metadata: { name, namespace } }: RayObject): RayPlace {
  return { kind, namespace, name };
}

/** `RayCluster ray/demo`, as messages say it. */
export function placeText({ kind, namespace, name }: RayPlace): string {
  return `${kind} ${namespace}/${name}`;
}
