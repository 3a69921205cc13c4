import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { EC2Client } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsAutoScalingGroupBackend } from "../../autoscaler-agent/nodeGroups/awsAutoScalingGroup";
import { CallBudget } from "../../autoscaler-agent/nodeGroups/callBudget";
import { cloudName, InMemoryBackend, InMemoryCloud } from "../../autoscaler-agent/nodeGroups/inMemory";
import type { AgentGroup } from "../../contract/agentConfig";
import { apiMissing, makeGroup, makeSubnets, makeTemplate, type RunningApi, startApi } from "../emulator/api/runningApi";
import { agentGroup } from "../support/agentBuilders";
import { FakeClock } from "../support/fakeClock";
import { type BackendWorld, describeNodeGroupBackend } from "./nodeGroupBackend.contract";

let made = 0;

function nextGroup(): AgentGroup {
  made += 1;
  const groupName = `group-${made}`;
  return agentGroup({ groupName, backend: { kind: "aws-auto-scaling-group", autoScalingGroupName: groupName } });
}

/** The budget of calls is full again before each call: the contract is about something else. */
class PatientClock extends FakeClock {
  override monotonicMs(): number {
    this.advance(60);
    return super.monotonicMs();
  }
}

describe("in memory", () => {
  const clock = new FakeClock();
  // The in-memory cloud has its groups from the beginning.
  const names = Array.from({ length: 30 }, (_, index) => `memory-${index}`);
  const cloud = new InMemoryCloud(
    clock,
    names.map((name) => ({ name, max: 5 })),
  );
  const free = [...names];
  describeNodeGroupBackend("in memory", () => ({
    backend: new InMemoryBackend(cloud),
    makeGroup: async () => {
      const groupName = free.pop() ?? "";
      return agentGroup({ groupName, backend: { kind: "aws-auto-scaling-group", autoScalingGroupName: groupName } });
    },
    missingGroup: nextGroup,
    wait: async () => clock.advance(1),
    denyCapacity: async (group) => {
      cloud.group(cloudName(group)).capacity = 0;
    },
    endedOnRequest: /^a user request/,
    epochMs: () => clock.epochMs(),
  }));
});

describe.skipIf(apiMissing)(`AWS Auto Scaling over the emulated API${apiMissing === undefined ? "" : ` (skipped: ${apiMissing})`}`, () => {
  let api: RunningApi;
  let world: BackendWorld;
  const commands = new Set<string>();

  beforeAll(async () => {
    api = await startApi("--retry-seconds", "0.3");
    // The emulated subnets run out of addresses as real ones do, so each group has its own.
    const subnets = await makeSubnets(api, ...Array.from({ length: 30 }, () => "us-east-1a"));
    await makeTemplate(api, "workers");
    const autoScaling = watched(new AutoScalingClient(api.clientSettings), commands);
    const ec2 = watched(new EC2Client(api.clientSettings), commands);
    world = {
      backend: new AwsAutoScalingGroupBackend({ autoScaling, ec2, budget: new CallBudget(new PatientClock()) }),
      makeGroup: async () => {
        const group = nextGroup();
        await makeGroup(api, {
          AutoScalingGroupName: group.groupName,
          MaxSize: 5,
          VPCZoneIdentifier: subnets.pop() ?? "",
          LaunchTemplate: { LaunchTemplateName: "workers", Version: "$Latest" },
          NewInstancesProtectedFromScaleIn: true,
        });
        return group;
      },
      missingGroup: nextGroup,
      wait: () => new Promise((done) => setTimeout(done, 100)),
      denyCapacity: async (group) => {
        await fetch(`${api.endpointUrl}/rayfleet/no-capacity`, { method: "POST", body: JSON.stringify({ group: group.groupName }) });
      },
      endedOnRequest: /^a user request/,
      epochMs: () => Date.now(),
    };
  });
  afterAll(() => api.stop());

  describeNodeGroupBackend("AWS Auto Scaling", () => world);

  it("has called only what the head's role allows, and nothing that edits a group's own settings", () => {
    expect([...commands].sort()).toEqual([
      "DescribeAutoScalingGroupsCommand",
      "DescribeInstancesCommand",
      "DescribeScalingActivitiesCommand",
      "GetConsoleOutputCommand",
      "SetDesiredCapacityCommand",
      "TerminateInstanceInAutoScalingGroupCommand",
    ]);
  });
});

/** Notes the name of each command that the client sends. */
function watched<C extends { send(command: object, options?: object): Promise<unknown> }>(client: C, commands: Set<string>): C {
  const send = client.send.bind(client);
  client.send = async (command: object, options?: object) => {
    commands.add(command.constructor.name);
    return await send(command, options);
  };
  return client;
}
