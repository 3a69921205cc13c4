import { describe, expect, it } from "vitest";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { AgentSimulation } from "../support/agentSimulation";

/** A simulation with one node that is busy for so long. */
async function withBusyNode(seconds: number, options: Partial<ReturnType<typeof agentConfig>> = {}): Promise<[AgentSimulation, string]> {
  const simulation = new AgentSimulation({ config: agentConfig(options) });
  simulation.ray.submit({ CPU: 4 }, 1, seconds);
  await simulation.until("the node works", () => simulation.ray.waitingCount === 0);
  return [simulation, onlyMachine(simulation)];
}

function onlyMachine(simulation: AgentSimulation): string {
  const [machine, ...others] = simulation.group().instances;
  expect(others).toEqual([]);
  return machine?.instanceId ?? "";
}

const holdsOf = (simulation: AgentSimulation) => simulation.records.at(-1)?.holds ?? [];

describe("a spot notice", () => {
  it("drains the node with the cloud's deadline, and its replacement is asked for at once and once", async () => {
    const [simulation, machine] = await withBusyNode(60);
    simulation.announce(machine, "spot-interruption", 120);
    const deadlineEpochMs = simulation.clock.epochMs() + 120_000;
    await simulation.ticks(2);
    expect(simulation.ray.drains).toMatchObject([{ reason: "preemption", deadlineEpochMs }]);
    expect(simulation.group().desired).toBe(2);
    await simulation.until("the machine is ended by its id", () => simulation.writes.includes(`cpu: end ${machine}`));
    await simulation.ticks(60);
    simulation.cloud.loseInstance(machine);
    await simulation.until("nothing is left", () => simulation.machineCount() === 0);
    expect([simulation.cloud.launchCount, simulation.group().desired]).toEqual([2, 0]);
  });

  it.each([
    {
      what: "in the machine's own group though another is cheaper: its work may ask for what only this one has",
      room: undefined,
      answered: ["dear: 1 -> 2"],
    },
    { what: "elsewhere when that group has no machines", room: 1, answered: ["dear: 1 -> 2", "cpu: 0 -> 1"] },
  ])("is answered $what", async ({ room, answered }) => {
    const groups = [agentGroup(), agentGroup({ groupName: "dear", pricePerHourUsd: 5 })];
    const simulation = new AgentSimulation({ config: agentConfig({ groups }) });
    simulation.group("cpu").capacity = 0;
    simulation.ray.submit({ CPU: 4 }, 1, 600);
    await simulation.until("the dear node works", () => simulation.ray.waitingCount === 0);
    simulation.group("cpu").capacity = undefined;
    simulation.group("dear").capacity = room;
    await simulation.ticks(200);
    const [machine] = simulation.group("dear").instances;
    simulation.announce(machine?.instanceId ?? "", "spot-interruption", 120);
    const asked = simulation.writes.length;
    await simulation.ticks(40);
    const sizes = simulation.writes.slice(asked).filter((write) => write.includes("->"));
    expect(sizes.slice(0, answered.length)).toEqual(answered);
  });

  it("and the machine's own drain replace it once", async () => {
    const [simulation, machine] = await withBusyNode(600);
    simulation.announce(machine, "spot-interruption", 120);
    await simulation.ticks(15);
    // The node service has waited 30 s for the work.
    simulation.ray.crashNode(machine);
    await simulation.ticks(45);
    simulation.cloud.loseInstance(machine);
    await simulation.until("the lost work runs again and ends", () => simulation.machineCount() === 0);
    expect([simulation.cloud.launchCount, simulation.writes.filter((write) => write.includes("end"))[0]]).toEqual([
      2,
      `cpu: end ${machine}`,
    ]);
  });

  it("keeps minReplicas, and drains an idle node although the group falls below", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ minReplicas: 2 })] }) });
    await simulation.until("two nodes", () => simulation.ray.aliveCount() === 2);
    const machine = simulation.group().instances[0]?.instanceId ?? "";
    simulation.announce(machine, "spot-interruption", 120);
    await simulation.ticks(60);
    simulation.cloud.loseInstance(machine);
    await simulation.ticks(60);
    expect([simulation.ray.aliveCount(), simulation.cloud.launchCount, simulation.group().desired]).toEqual([2, 3, 2]);
  });

  it("ends a machine that is still starting, instead of waiting for it", async () => {
    const simulation = new AgentSimulation();
    await simulation.ticks(100);
    simulation.ray.submit({ CPU: 4 }, 1, 30);
    await simulation.until("a machine starts", () => simulation.machineCount() === 1);
    const machine = onlyMachine(simulation);
    simulation.announce(machine, "spot-interruption", 120);
    await simulation.until("its work runs elsewhere", () => simulation.ray.waitingCount === 0);
    expect(simulation.writes).toContain(`cpu: end ${machine}`);
    expect(simulation.cloud.launchCount).toBe(2);
  });

  it("that comes after its node has left ends the machine at once", async () => {
    const [simulation, machine] = await withBusyNode(600);
    simulation.ray.crashNode(machine);
    await simulation.ticks(2);
    simulation.announce(machine, "spot-interruption", 80);
    await simulation.ticks(2);
    expect(simulation.writes).toContain(`cpu: end ${machine}`);
  });

  it("does not end a machine whose node may be about to join a head that has just come back", async () => {
    const [simulation, machine] = await withBusyNode(600);
    simulation.ray.restartHead();
    simulation.ray.neverJoin = () => true;
    simulation.announce(machine, "scheduled", 86_400);
    await simulation.ticks(80);
    expect(simulation.writes).not.toContain(`cpu: end ${machine}`);
    await simulation.ticks(15);
    expect(simulation.writes).toContain(`cpu: end ${machine}`);
  });

  it("tells of work that cannot move, does not end it, and lets go what the group buys in its place", async () => {
    const [simulation, machine] = await withBusyNode(100_000);
    simulation.announce(machine, "spot-interruption", 120);
    await simulation.ticks(55);
    expect(holdsOf(simulation)).toContainEqual({
      code: "leaving-with-work",
      groupName: "cpu",
      text: `cpu: ${machine}: the cloud takes it back in 10 s (a test), and it still has work`,
    });
    expect(simulation.writes).not.toContain(`cpu: end ${machine}`);
    simulation.cloud.loseInstance(machine);
    await simulation.until("the surplus is gone", () => simulation.machineCount() === 0);
    expect(simulation.cloud.launchCount).toBe(3);
  });

  it("is not acted on while the cluster is paused", async () => {
    const [simulation, machine] = await withBusyNode(600);
    simulation.pause = { reason: "incident", by: "anna", sinceEpochMs: 0 } as never;
    simulation.announce(machine, "spot-interruption", 120);
    await simulation.ticks(5);
    expect([simulation.ray.drains, simulation.group().desired]).toEqual([[], 1]);
  });

  it("of all machines of a zone drains them all before their time", async () => {
    const groups = [agentGroup({ minReplicas: 30, maxReplicas: 60 })];
    const simulation = new AgentSimulation({ config: agentConfig({ groups }) });
    await simulation.until("thirty nodes", () => simulation.ray.aliveCount() === 30);
    const lost = simulation.group().instances.map(({ instanceId }) => instanceId);
    for (const machine of lost) simulation.announce(machine, "spot-interruption", 120);
    await simulation.ticks(2);
    expect(simulation.ray.drains).toHaveLength(30);
    await simulation.ticks(60);
    expect([simulation.ray.aliveCount(), simulation.cloud.launchCount]).toEqual([30, 60]);
    expect(lost.filter((machine) => !simulation.writes.includes(`cpu: end ${machine}`))).toEqual([]);
  });
});

describe("rebalance advice", () => {
  it("costs no work and no machine that is needed", async () => {
    const [simulation, machine] = await withBusyNode(300, { groups: [agentGroup({ minReplicas: 1, idleTimeoutSeconds: 60 })] });
    simulation.announce(machine, "rebalance");
    await simulation.ticks(300);
    expect([simulation.ray.drains, simulation.cloud.launchCount]).toEqual([[], 1]);
  });

  it("lets the node go first, and sooner, when it is idle", async () => {
    const groups = [agentGroup({ idleTimeoutSeconds: 600 })];
    const simulation = new AgentSimulation({ config: agentConfig({ groups }) });
    simulation.ray.submit({ CPU: 4 }, 2, 20);
    await simulation.until("two nodes work", () => simulation.ray.waitingCount === 0);
    const machine = simulation.group().instances[1]?.instanceId ?? "";
    simulation.announce(machine, "rebalance");
    await simulation.ticks(20);
    expect(simulation.ray.drains).toEqual([]);
    await simulation.ticks(20);
    expect(simulation.ray.drains).toMatchObject([
      { reason: "idle", message: expect.stringMatching(/no work for 3\d s, and the cloud advises to leave/) },
    ]);
    expect(simulation.ray.instanceOf(simulation.ray.drains[0]?.nodeId as never)).toBe(machine);
  });
});

describe("a scheduled event", () => {
  it("drains long before, buys nothing for work that may be over by then, and ends the machine when it is", async () => {
    const [simulation, machine] = await withBusyNode(1000);
    simulation.announce(machine, "scheduled", 14 * 86_400);
    await simulation.ticks(10);
    expect(simulation.ray.drains).toMatchObject([{ reason: "preemption" }]);
    expect(simulation.group().desired).toBe(1);
    await simulation.until("the machine is ended", () => simulation.writes.includes(`cpu: end ${machine}`));
    await simulation.ticks(100);
    expect(simulation.cloud.launchCount).toBe(1);
  });

  it("buys ten minutes before what the work will need", async () => {
    const [simulation, machine] = await withBusyNode(100_000);
    simulation.announce(machine, "scheduled", 660);
    await simulation.ticks(25);
    expect(simulation.group().desired).toBe(1);
    await simulation.ticks(10);
    expect(simulation.group().desired).toBe(2);
  });

  it("of the head is told, and nothing else happens", async () => {
    const [simulation] = await withBusyNode(600);
    simulation.announce("i-head", "scheduled", 86_400);
    await simulation.ticks(5);
    expect(holdsOf(simulation)).toContainEqual({
      code: "head-leaving",
      text: "the head i-head: the cloud stops or works on it in 24 h (a test); stop and start it before that",
    });
    expect([simulation.ray.drains, simulation.machineCount()]).toEqual([[], 1]);
  });
});

describe("notices", () => {
  it("change nothing while they cannot be read, and that is said", async () => {
    const [simulation] = await withBusyNode(600);
    const before = simulation.writes.length;
    simulation.noticeProblem = "AccessDenied";
    await simulation.ticks(5);
    expect(holdsOf(simulation)).toMatchObject([{ code: "notices-unknown", text: expect.stringContaining("AccessDenied") }]);
    expect(simulation.writes).toHaveLength(before);
  });

  it("are told once", async () => {
    const [simulation, machine] = await withBusyNode(600);
    simulation.announce(machine, "rebalance");
    await simulation.ticks(10);
    simulation.announce(machine, "spot-interruption", 120);
    await simulation.ticks(10);
    const told = simulation.records.flatMap(({ assessment }) => assessment.notices).map(({ code, text }) => `${code} ${text}`);
    expect(told).toEqual([
      `machine-notice cpu: ${machine}: the cloud advises to leave it (a test)`,
      `machine-notice cpu: ${machine}: the cloud takes it back in 118 s (a test)`,
    ]);
  });
});

describe("an instance refresh by others", () => {
  it("is told of, machine by machine, and not fought", async () => {
    const groups = [agentGroup({ minReplicas: 3, maxReplicas: 4 })];
    const simulation = new AgentSimulation({ config: agentConfig({ groups }) });
    await simulation.until("three nodes", () => simulation.ray.aliveCount() === 3);
    const before = simulation.writes.length;
    const old = simulation.group().instances.map(({ instanceId }) => instanceId);
    for (const machine of old) {
      // The group ends one and launches another in its place.
      simulation.cloud.endReasons.set(machine, "an instance refresh");
      for (const instance of simulation.group().instances)
        if (instance.instanceId === machine) instance.endRequestedMs = simulation.clock.monotonicMs();
      await simulation.ticks(40);
    }
    const told = simulation.records.flatMap(({ assessment }) => assessment.notices).filter(({ code }) => code === "ended-elsewhere");
    expect(told.map(({ text }) => text)).toEqual(
      old.map(
        (machine) =>
          `cpu: ${machine} is being ended (terminating), and the agent did not ask for it; the group says: an instance refresh; left alone`,
      ),
    );
    expect([simulation.writes.slice(before), simulation.ray.aliveCount(), simulation.cloud.launchCount]).toEqual([[], 3, 6]);
  });

  it("is told of without its reason where the cloud does not say, and of a machine that is gone at once", async () => {
    const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ minReplicas: 2 })] }) });
    await simulation.until("two nodes", () => simulation.ray.aliveCount() === 2);
    const asked: string[] = [];
    simulation.onCall = (call) => void (call === "endReasons" && asked.push(call));
    const [first = "", second = ""] = simulation.group().instances.map(({ instanceId }) => instanceId);
    simulation.cloud.loseInstance(first);
    await simulation.ticks(1);
    simulation.cloudFault = (call) => (call === "endReasons" ? { code: "throttled", message: "no" } : undefined);
    simulation.cloud.endReasons.set(second, "a user request");
    simulation.cloud.loseInstance(second);
    await simulation.ticks(60);
    const told = simulation.records.flatMap(({ assessment }) => assessment.notices).map(({ text }) => text);
    const why = "is gone, and the agent did not ask for it; the group's activities say why; left alone";
    expect(told).toEqual([`cpu: ${first} ${why}`, `cpu: ${second} ${why}`]);
    expect(asked).toHaveLength(2);
  });

  it("is not seen in what the agent ends itself", async () => {
    const simulation = new AgentSimulation();
    simulation.ray.submit({ CPU: 4 }, 2, 10);
    await simulation.until("all are gone again", () => simulation.cloud.launchCount === 2 && simulation.group().instances.length === 0);
    expect(simulation.records.flatMap(({ assessment }) => assessment.notices)).toEqual([]);
  });
});

describe("an agent that is killed while a machine is taken back", () => {
  it("reaches the same end after any single outside call", async () => {
    const day = async (killAt: number): Promise<{ calls: number; end: unknown[] }> => {
      const simulation = new AgentSimulation({ config: agentConfig({ groups: [agentGroup({ minReplicas: 1 })] }) });
      await simulation.until("a node", () => simulation.ray.aliveCount() === 1);
      simulation.ray.submit({ CPU: 4 }, 1, 30);
      await simulation.ticks(5);
      const machine = onlyMachine(simulation);
      const callsBefore = simulation.callCount;
      simulation.killAfterCall(callsBefore + killAt);
      simulation.announce(machine, "spot-interruption", 120);
      await simulation.ticks(20);
      const calls = simulation.callCount - callsBefore;
      await simulation.ticks(40);
      simulation.cloud.loseInstance(machine);
      await simulation.ticks(40);
      return { calls, end: [simulation.cloud.launchCount, simulation.group().desired, simulation.ray.aliveCount()] };
    };
    const clean = await day(Number.POSITIVE_INFINITY);
    expect(clean.end).toEqual([2, 1, 1]);
    for (let call = 1; call <= clean.calls; call += 1) {
      expect((await day(call)).end, `killed after call ${call}`).toEqual(clean.end);
    }
  }, 60_000);
});
