import * as z from "zod";
import { objectName } from "./podSpec";

/** A PriorityClass of pods; never the default of all pods. */
export const priorityClassSpecSchema = z.strictObject({
  name: objectName.describe("Its name, for `priorityClassName`. The whole Kubernetes cluster shares it."),
  value: z
    .int()
    .min(-2_147_483_648)
    .max(1_000_000_000)
    .describe("Pods with a higher value are placed first. A change makes the class anew."),
  preemptionPolicy: z
    .enum(["PreemptLowerPriority", "Never"])
    .default("PreemptLowerPriority")
    .describe("Whether such a pod may end pods of a lower value."),
  description: z.string().optional().describe("What it is for."),
});
