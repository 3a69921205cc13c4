import * as z from "zod";

/**
 * Every TCP port that a node of the cluster listens on.
 *
 * Ray picks most of these at random unless they are pinned; rayfleet pins all of them, so that the firewall can be exact.
 * The firewall rules are made from the table in `components/plan/portTable.ts`, which says who may reach which of them.
 */
export const nodePortsSchema = z.strictObject({
  gcs: z.int(),
  nodeManager: z.int(),
  objectManager: z.int(),
  runtimeEnvAgent: z.int(),
  dashboardAgentGrpc: z.int(),
  dashboardAgentHttp: z.int(),
  metrics: z.int(),
  minWorker: z.int(),
  maxWorker: z.int(),
  dashboard: z.int(),
  rayClient: z.int(),
  dashboardMetrics: z.int(),
  agentMetrics: z.int(),
});

export type NodePorts = z.infer<typeof nodePortsSchema>;

/** The pinned ports. One port per Python worker process and per driver: 1,000 of them is what Ray needs on large machines (facts: 2 × the most workers at once). */
export const nodePorts: NodePorts = {
  gcs: 6379,
  nodeManager: 7001,
  objectManager: 7002,
  runtimeEnvAgent: 7003,
  dashboardAgentGrpc: 7004,
  dashboardAgentHttp: 7005,
  metrics: 7006,
  minWorker: 20000,
  maxWorker: 20999,
  dashboard: 8265,
  rayClient: 10001,
  dashboardMetrics: 44227,
  agentMetrics: 44217,
};
