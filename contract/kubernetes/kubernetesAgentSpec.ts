import * as z from "zod";
import { agentSpecSchema } from "../sizingSpec";

/** The agent's own settings where it is a Deployment: those of every platform, and what its pod is. */
export const kubernetesAgentSpecSchema = agentSpecSchema
  .unwrap()
  .extend({
    image: z
      .string()
      .min(1)
      .optional()
      .describe("An image of your own that runs the agent (docs/kubernetes.md). By default Node's, with the program in ConfigMaps."),
    nodeImage: z
      .string()
      .min(1)
      .optional()
      .describe("Image with Node 24, a shell and gzip, such as a mirror's. By default `node:24-slim`."),
    cpu: z.number().min(0.01).max(16).default(0.5).describe("CPUs of the agent's pod, request and limit."),
    memoryGiB: z.number().min(0.1).max(64).default(0.5).describe("Memory of the agent's pod, GiB, request and limit."),
  })
  .prefault({})
  .describe("With `autoscaler: rayfleet`: the autoscaler agent.");
