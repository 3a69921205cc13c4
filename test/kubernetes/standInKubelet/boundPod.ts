import type { LivePod } from "../standInKubeRay/liveObjects";

interface EnvSource {
  readonly fieldRef?: { readonly fieldPath: string };
  readonly secretKeyRef?: { readonly name: string; readonly key: string };
}

export interface BoundContainer {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: EnvSource }[];
}

/** A pod that a node was found for. */
export interface BoundPod extends LivePod {
  readonly metadata: LivePod["metadata"] & { readonly ownerReferences?: readonly { readonly kind: string }[] };
  readonly spec: { readonly nodeName: string; readonly containers: readonly [BoundContainer, ...BoundContainer[]] };
}

/** Values of fields and secrets, by what names them. */
export interface EnvValues {
  readonly podIP: string;
  /** @returns undefined where there is none (yet) */
  secret(name: string, key: string): Promise<string | undefined>;
}

/** Variables of a pod's first container. Throws where a value is missing: the container does not start then. */
export async function environmentOf({ metadata, spec }: BoundPod, { podIP, secret }: EnvValues): Promise<Record<string, string>> {
  const fields: Readonly<Record<string, string>> = {
    "metadata.name": metadata.name,
    "metadata.namespace": metadata.namespace,
    "status.podIP": podIP,
    ...Object.fromEntries(Object.entries(metadata.labels ?? {}).map(([name, value]) => [`metadata.labels['${name}']`, value])),
  };
  const entries = (spec.containers[0].env ?? []).map(async ({ name, value, valueFrom }) => {
    const { fieldRef, secretKeyRef } = valueFrom ?? {};
    const found = value ?? fields[fieldRef?.fieldPath ?? ""] ?? (secretKeyRef && (await secret(secretKeyRef.name, secretKeyRef.key)));
    if (found === undefined) throw new Error(`${metadata.name}: the value of ${name} is not there.`);
    return [name, found] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
