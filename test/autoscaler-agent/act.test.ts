import { describe, expect, it } from "vitest";
import { act } from "../../autoscaler-agent/act";
import type { Action } from "../../autoscaler-agent/decide/tick/actions";
import type { NodeGroupBackend } from "../../autoscaler-agent/nodeGroups/backend";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AgentSimulation } from "../support/agentSimulation";

const causes = ["drained", "never-joined", "boot-failed", "node-lost"] as const;

function endOf(code: (typeof causes)[number], groupName = "cpu"): Action {
  return { kind: "terminate", groupName, instanceId: `i-${code}`, desiredSize: "lower", cause: { code, text: code } };
}

/** Does the actions with a cloud that takes so long for each end. */
async function actSlowly(
  actions: readonly Action[],
  { secondsPerEnd, askedSecondsAgo }: { secondsPerEnd: number; askedSecondsAgo: number },
) {
  const { clock, cloud, ray, config } = new AgentSimulation({
    config: agentConfig({ groups: [agentGroup(), agentGroup({ groupName: "gpu" })] }),
  });
  const ended: string[] = [];
  const backend = {
    terminate: async (_group, { instanceId }) => {
      ended.push(instanceId);
      clock.advance(secondsPerEnd);
      return { kind: "done" };
    },
  } satisfies Partial<NodeGroupBackend> as Partial<NodeGroupBackend> as NodeGroupBackend;
  const asked = { monotonicMs: clock.monotonicMs() - askedSecondsAgo * 1000, epochMs: clock.epochMs() - askedSecondsAgo * 1000 };
  const outcomes = await act({ clock, ray, backend }, { actions, config, asked }, new AbortController().signal);
  expect(cloud.launchCount).toBe(0);
  return { ended, outcomes };
}

describe("act", () => {
  it("ends no machine on a look at Ray that is older than 5 seconds, whatever the cause", async () => {
    const { ended, outcomes } = await actSlowly(
      causes.map((code) => endOf(code)),
      { secondsPerEnd: 2, askedSecondsAgo: 2 },
    );
    expect(ended).toEqual(["i-drained", "i-never-joined"]);
    expect(outcomes.map(({ outcome }) => outcome.kind)).toEqual(["done", "done", "skipped", "skipped"]);
    expect(outcomes[2]?.outcome).toMatchObject({ reason: expect.stringContaining("Ray was asked 6 s ago") });
  });

  it("ends all of them when they are quick", async () => {
    const { ended } = await actSlowly(
      causes.map((code) => endOf(code)),
      { secondsPerEnd: 1, askedSecondsAgo: 0 },
    );
    expect(ended.length).toBe(4);
  });
});

describe("AgentLoop", () => {
  it("ends no machine that comes to Ray while others are ended before it", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ minReplicas: 10 })] }) });
    simulation.ray.neverJoin = () => true;
    let ends = 0;
    simulation.cloudFault = (call) => {
      if (call === "terminate") {
        ends += 1;
        simulation.clock.advance(2);
        if (ends === 3) {
          simulation.ray.neverJoin = () => false;
          simulation.ray.settle();
        }
      }
      return undefined;
    };
    // A machine that is ended while it is in Ray breaks a rule, which throws out of the tick.
    await simulation.until("some are ended", () => ends > 0);
    await simulation.until("the others are in Ray", () => simulation.ray.aliveCount() >= 7);
    expect(ends).toBe(3);
  });

  it("ends in later ticks what one tick had no time for", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ minReplicas: 10 })] }) });
    simulation.ray.neverJoin = () => true;
    simulation.onCall = (call) => {
      if (call === "terminate") {
        simulation.clock.advance(2);
      }
    };
    await simulation.until("all are ended", () => simulation.writes.filter((write) => write.includes("end")).length === 10);
  });
});
