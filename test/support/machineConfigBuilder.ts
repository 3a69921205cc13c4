import type { MachineConfig } from "../../contract/machineConfig";
import { nodePorts } from "../../contract/ports";
import type { MachineIdentity } from "../../node-service/instanceMetadata";

/** A valid machine configuration of a worker, any part replaced. */
export function machineConfig(overrides: Partial<MachineConfig> = {}): MachineConfig {
  return {
    schemaVersion: 1,
    clusterName: "demo",
    role: "worker",
    groupName: "cpu",
    headAddress: "10.80.0.10",
    ray: { version: "2.60.0", python: "3.11", install: { kind: "image", rayBinDirectory: "/opt/ray/bin" } },
    ports: nodePorts,
    rayStart: { resources: {}, labels: {}, params: {} },
    environment: {},
    setupCommands: [],
    tokenSecretId: "rayfleet-demo-token",
    dashboardHost: "127.0.0.1",
    spill: "instance-store",
    orphanTimeoutSeconds: 900,
    bootReportPrefix: "boot",
    ...overrides,
  };
}

/** The configuration of the head. */
export function headConfig(overrides: Partial<MachineConfig> = {}): MachineConfig {
  return machineConfig({ role: "head", groupName: "headgroup", agentConfigParameter: "/rayfleet/demo/agent", ...overrides });
}

/** What the metadata service says of a machine. */
export function machineIdentity(overrides: Partial<MachineIdentity> = {}): MachineIdentity {
  return {
    instanceId: "i-0123456789abcdef0",
    instanceType: "m7i.xlarge",
    privateAddress: "10.80.0.21",
    region: "us-east-1",
    zone: "us-east-1a",
    marketType: "spot",
    ...overrides,
  };
}
