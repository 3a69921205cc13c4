import { describe, expect, it } from "vitest";
import { AgentConfigError, agentConfigRoomProblem, planAgentConfig, renderAgentConfig } from "../../../components/plan/agentConfigFile";
import { parseClusterSpec } from "../../../components/plan/parseClusterSpec";
import { planWorkerGroups } from "../../../components/plan/workerGroups";
import { agentConfigSchema } from "../../../contract/agentConfig";
import type { ClusterSpec, ClusterSpecInput } from "../../../contract/clusterSpec";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";

const noticeQueueUrl = "https://sqs.us-east-1.amazonaws.com/123456789012/demo-notices";

function planOf(spec: ClusterSpec) {
  const plans = planWorkerGroups(spec);
  const autoScalingGroupNames = Object.fromEntries(plans.map((plan) => [plan.groupName, `${plan.groupName}-asg`]));
  return planAgentConfig(spec, plans, { region: "us-east-1", bucket: "demo-artifacts", noticeQueueUrl, autoScalingGroupNames });
}

function groups(count: number): NonNullable<ClusterSpecInput["workerGroups"]> {
  return Array.from({ length: count }, (_, index) => ({ groupName: `group-${index}`, instanceTypes: ["m7i.xlarge"], maxReplicas: 2 }));
}

describe("planAgentConfig", () => {
  it("keeps the order of the groups and names the cloud object behind each", () => {
    const config = planOf(buildClusterSpec({ workerGroups: groups(3) }));
    expect(config.groups.map(({ groupName, backend }) => [groupName, backend])).toEqual([
      ["group-0", { kind: "aws-auto-scaling-group", autoScalingGroupName: "group-0-asg" }],
      ["group-1", { kind: "aws-auto-scaling-group", autoScalingGroupName: "group-1-asg" }],
      ["group-2", { kind: "aws-auto-scaling-group", autoScalingGroupName: "group-2-asg" }],
    ]);
  });

  it("sets no limit that the stack file does not set", () => {
    expect(planOf(buildClusterSpec()).limits).toEqual({ upscalingSpeed: 1 });
    expect(planOf(buildClusterSpec({ maxReplicas: 3, budget: { maxHourlyUsd: 40 }, upscalingSpeed: 2 })).limits).toEqual({
      maxReplicas: 3,
      maxHourlyUsd: 40,
      upscalingSpeed: 2,
    });
  });

  it("hands on a quota with the groups that it counts and what the head takes, and none that counts no group", () => {
    const spec = buildClusterSpec({
      head: { instanceType: "r5dn.4xlarge" },
      workerGroups: groups(2),
      budget: {
        vcpuQuotas: [
          { market: "on-demand", maxVcpus: 64 },
          { market: "on-demand", family: "p", maxVcpus: 96 },
        ],
      },
    });
    const counted = [
      { groupName: "group-0", vcpusPerNode: 4 },
      { groupName: "group-1", vcpusPerNode: 4 },
    ];
    expect(planOf(spec).limits.quotas).toEqual([{ name: "on-demand standard", maxVcpus: 64, otherVcpus: 16, groups: counted }]);
  });

  it("hands on the schedules, time zone filled in, and none where there are none", () => {
    const schedules = [{ cron: "0 8 * * 1-5", groupName: "cpu", minReplicas: 2 }];
    expect(planOf(buildClusterSpec({ schedules })).schedules).toEqual([{ ...schedules[0], timeZone: "UTC" }]);
    expect(renderAgentConfig(planOf(buildClusterSpec()))).not.toContain("schedules");
  });

  it("leaves it to the agent to work out idle time-outs, for all groups or for one", () => {
    const own = { groupName: "gpu", instanceTypes: ["g6.xlarge"], maxReplicas: 1, idleTimeoutSeconds: 60 };
    const spec = buildClusterSpec({ idleTimeoutSeconds: "auto", workerGroups: [...groups(1), own] });
    expect(planOf(spec).groups.map(({ idleTimeoutSeconds }) => idleTimeoutSeconds)).toEqual(["auto", 60]);
  });

  it.each([
    { scrapers: [], host: "127.0.0.1" },
    { scrapers: ["10.1.0.0/16"], host: "0.0.0.0" },
  ])("serves metrics on $host for scrapers $scrapers", ({ scrapers, host }) => {
    expect(planOf(buildClusterSpec({ access: { scrapers } })).metrics).toEqual({ host, port: 44217 });
  });

  it("refuses a group without a cloud object", () => {
    const spec = buildClusterSpec();
    const facts = { region: "us-east-1", bucket: "b", noticeQueueUrl, autoScalingGroupNames: {} };
    expect(() => planAgentConfig(spec, planWorkerGroups(spec), facts)).toThrow(AgentConfigError);
  });

  it("is what the agent can read", () => {
    const config = planOf(buildClusterSpec({ workerGroups: groups(2), maxReplicas: 3 }));
    expect(agentConfigSchema.parse(JSON.parse(renderAgentConfig(config)))).toEqual(config);
  });
});

describe("agentConfigRoomProblem", () => {
  it("accepts a dozen groups", () => {
    const spec = buildClusterSpec({ workerGroups: groups(12) });
    expect(agentConfigRoomProblem(spec)).toBeUndefined();
  });

  it("is among the problems of a specification with more groups than the parameter holds", () => {
    expect(() => buildClusterSpec({ workerGroups: groups(40) })).toThrow(
      /workerGroups: need too much room in the agent's parameter; got 40 groups in \d+ bytes; expected at most 8192 bytes\. Merge groups/,
    );
  });

  it("never accepts what turns out too long", () => {
    const name = "a".repeat(32);
    const parsed = (count: number) => parseClusterSpec({ platform: "aws", name, workerGroups: groups(count) }, { stackName: name });
    for (let count = 1; count <= 40; count++) {
      const result = parsed(count);
      if (!("ok" in result)) {
        expect(count).toBeGreaterThan(10);
        continue;
      }
      const plans = planWorkerGroups(result.ok);
      const autoScalingGroupNames = Object.fromEntries(plans.map((plan) => [plan.groupName, `${name}-worker-${plan.groupName}-0123abc`]));
      const facts = { region: "ap-southeast-2", bucket: `${name}-artifacts-0123abc`, noticeQueueUrl, autoScalingGroupNames };
      expect(renderAgentConfig(planAgentConfig(result.ok, plans, facts)).length, `${count} groups`).toBeLessThanOrEqual(8192);
    }
  });
});
