import { describe, expect, it } from "vitest";
import { planHead } from "../../../components/plan/headPlan";
import { headMachineConfig, workerMachineConfig } from "../../../components/plan/machineConfigs";
import { planWorkerGroups, type WorkerGroupPlan } from "../../../components/plan/workerGroups";
import type { ClusterSpec, ClusterSpecInput } from "../../../contract/clusterSpec";
import { machineConfigSchema } from "../../../contract/machineConfig";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";

const facts = { headAddress: "10.80.16.10", tokenSecretId: "demo-token" };
type Group = NonNullable<ClusterSpecInput["workerGroups"]>[number];

function headOf(spec: ClusterSpec) {
  return headMachineConfig(spec, planHead(spec), { ...facts, agentConfigParameter: "/rayfleet/demo/agent" });
}

function workerOf(group: Partial<Group> = {}, overrides: Partial<ClusterSpecInput> = {}) {
  const spec = buildClusterSpec({
    ...overrides,
    workerGroups: [{ groupName: "cpu", instanceTypes: ["m7i.xlarge"], maxReplicas: 4, ...group }],
  });
  const [plan] = planWorkerGroups(spec) as [WorkerGroupPlan];
  return workerMachineConfig(spec, plan, facts);
}

describe("headMachineConfig", () => {
  it("offers neither CPU nor GPU to Ray", () => {
    expect(headOf(buildClusterSpec()).rayStart).toMatchObject({ numCpus: 0, numGpus: 0, resources: {} });
  });

  it("names the agent's parameter, which workers do not have", () => {
    expect(headOf(buildClusterSpec()).agentConfigParameter).toBe("/rayfleet/demo/agent");
    expect(workerOf().agentConfigParameter).toBeUndefined();
  });

  it.each([
    { users: [], dashboardHost: "127.0.0.1" },
    { users: ["203.0.113.0/24"], dashboardHost: "0.0.0.0" },
  ])("lets the dashboard listen on $dashboardHost for users $users", ({ users, dashboardHost }) => {
    expect(headOf(buildClusterSpec({ access: { users } })).dashboardHost).toBe(dashboardHost);
  });

  it.each([
    { instanceType: "r5dn.4xlarge", spill: "instance-store" },
    { instanceType: "r5.4xlarge", spill: "root-disk" },
  ])("spills to the $spill of a $instanceType", ({ instanceType, spill }) => {
    expect(headOf(buildClusterSpec({ head: { instanceType } })).spill).toBe(spill);
  });

  it("has its own environment over the cluster's, and the cluster's setup commands first", () => {
    const config = headOf(
      buildClusterSpec({
        environment: { A: "cluster", B: "cluster" },
        setupCommands: ["one"],
        head: { instanceType: "r5dn.4xlarge", environment: { B: "head" }, setupCommands: ["two"] },
      }),
    );
    expect(config.environment).toEqual({ A: "cluster", B: "head" });
    expect(config.setupCommands).toEqual(["one", "two"]);
  });

  it("is what the node service can read", () => {
    const config = headOf(buildClusterSpec());
    expect(machineConfigSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });
});

describe("workerMachineConfig", () => {
  it("leaves CPUs and GPUs to the machine unless the stack file sets them", () => {
    expect(workerOf().rayStart).toEqual({ resources: {}, labels: {}, params: {} });
  });

  it("gives CPUs and GPUs to the options that Ray has for them", () => {
    expect(workerOf({ resources: { CPU: 2, GPU: 1, licence: 3 } }).rayStart).toMatchObject({
      numCpus: 2,
      numGpus: 1,
      resources: { licence: 3 },
    });
  });

  it("hands on the user's labels and not those that Ray makes", () => {
    expect(workerOf({ labels: { tier: "gold" } }).rayStart.labels).toEqual({ tier: "gold" });
  });

  it("counts the object store in bytes", () => {
    expect(workerOf({ objectStoreMemoryGiB: 0.5 }).rayStart.objectStoreMemoryBytes).toBe(536_870_912);
  });

  it.each([
    { ray: { install: "wheel" as const, packages: ["pandas==2.2.3"] }, install: { kind: "wheel", packages: ["pandas==2.2.3"] } },
    {
      ray: { install: "image" as const, imageRayBinDirectory: "/opt/ray/bin" },
      install: { kind: "image", rayBinDirectory: "/opt/ray/bin" },
    },
  ])("gets Ray by $ray.install", ({ ray, install }) => {
    expect(workerOf({}, { ray }).ray.install).toEqual(install);
  });

  it("is what the node service can read", () => {
    const config = workerOf({ resources: { licence: 1 }, labels: { tier: "gold" }, objectStoreMemoryGiB: 1 });
    expect(machineConfigSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });
});
