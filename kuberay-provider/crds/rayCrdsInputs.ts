import { z } from "zod";
import type { Properties } from "../../pulumi-protocol/properties";

/** What a program says of `rayfleet:kubernetes:RayCrds`. */
export const rayCrdsInputsSchema = z.strictObject({
  /** Release of KubeRay whose CRDs are wanted. */
  operatorVersion: z.string().regex(/^\d+\.\d+\.\d+$/, "a release of KubeRay such as 1.7.0"),
  /** Folder or address with the files. @default KubeRay's repository at that release */
  source: z.string().min(1).exactOptional(),
});

export type RayCrdsInputs = z.output<typeof rayCrdsInputsSchema>;

/** Inputs that were checked. @throws ZodError */
export function parseCrdsInputs(inputs: Properties): RayCrdsInputs {
  const { __defaults: _, ...own } = inputs;
  return rayCrdsInputsSchema.parse(own);
}
