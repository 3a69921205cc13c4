import { z } from "zod";
import { rayKinds } from "../contract/kuberay/kubeRayFields";
import { newestOperator } from "../contract/kuberay/operatorReleases";
import type { Properties } from "../pulumi-protocol/properties";

const text = z.record(z.string(), z.string());

const manifestSchema = z.strictObject({
  apiVersion: z.literal("ray.io/v1"),
  kind: z.enum(rayKinds),
  metadata: z.strictObject({
    name: z.string().min(1),
    namespace: z.string().min(1),
    labels: text.exactOptional(),
    annotations: text.exactOptional(),
  }),
  spec: z.record(z.string(), z.unknown()),
});

/** What a program says of a `rayfleet:kubernetes:RayObject`. */
export const rayObjectInputsSchema = z.strictObject({
  /** The object as in YAML, with a name and a namespace. */
  manifest: manifestSchema,
  /** Release of the operator and its CRDs. */
  operatorVersion: z.string().default(newestOperator),
  /** Gates of the operator that are not as it has them by default. */
  featureGates: z.record(z.string(), z.boolean()).default({}),
  /** Whether Kueue is there. */
  kueue: z.boolean().exactOptional(),
  /** What the same program makes before this object, so that a preview does not ask for it. */
  madeBefore: z.array(z.enum(["namespace", "operator", "queue"])).default([]),
  /** How long the operator may take, seconds; also the deadline of a deletion. */
  timeoutSeconds: z.number().int().positive().default(600),
});

export type RayObjectInputs = z.output<typeof rayObjectInputsSchema>;

/** Inputs that were checked. @throws ZodError */
export function parseInputs(inputs: Properties): RayObjectInputs {
  const { __defaults: _, ...own } = inputs;
  return rayObjectInputsSchema.parse(own);
}
