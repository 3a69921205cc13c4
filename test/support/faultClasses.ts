import type { BackendError } from "../../autoscaler-agent/nodeGroups/backend";
import type { AgentSimulation } from "./agentSimulation";
import type { OutsideCall } from "./watchedPorts";

/** A fault while it lasts. */
export interface ActiveFault {
  /** What it leaves behind must be something that the agent can get over. */
  readonly end?: () => void;
  /** Before each tick, counted from 0. */
  readonly eachTick?: (tick: number) => void;
  /** Before each outside call takes effect. */
  readonly onCall?: (call: OutsideCall) => void;
  /** What the cloud answers instead. */
  readonly cloud?: (call: string, groupName: string | undefined) => BackendError | undefined;
  /** The same after the call took effect. */
  readonly reply?: (call: string) => BackendError | undefined;
}

/** One class of faults, as it can be put into the simulation. */
export interface FaultClass {
  readonly what: string;
  readonly begin: (simulation: AgentSimulation) => ActiveFault;
}

const unreachable: BackendError = { code: "unreachable", message: "no answer" };
const throttled: BackendError = { code: "throttled", message: "Rate exceeded" };
const expired: BackendError = { code: "unauthorized", message: "The security token included in the request is expired" };
const writes: readonly string[] = ["setDesired", "terminate"];

/** The fault classes of docs/reliability.md. What of a class does not reach the agent's loop (a full disk, the agent's configuration file) is shown elsewhere. */
export const faultClasses = {
  F1: {
    what: "Ray's control store is away for 24 s, comes back with nothing for 10 s, and then without its nodes and work",
    begin: lostControlStore,
  },
  F2: { what: "Ray answers with what it knew a minute ago, ten seconds of every twenty", begin: oldAnswers },
  F3: { what: "every call to the cloud is throttled", begin: () => ({ cloud: () => throttled }) },
  F4: { what: "sizes, ends and drains take effect and are not answered", begin: lostReplies },
  F5: { what: "no group has capacity", begin: noCapacity },
  F6: { what: "machines that start never join Ray", begin: neverJoining },
  F7: { what: "a spot notice and the loss of its machine after a minute; a zone lost with its machines", begin: takenAway },
  F8: { what: "the agent is killed in every fifth tick, each time after another call", begin: killed },
  F9: { what: "the clocks of head and cloud are an hour apart, and the head's jumps by two", begin: jumpingClocks },
  F10: {
    what: "the agent stands still twice in the middle of a tick, another one works for 70 s, and the first one goes on",
    begin: twoAgents,
  },
  F11: { what: "a group's maximum is lowered to two, and its minimum raised to two", begin: changedLimits },
  F12: { what: "somebody raises a size, suspends launches, sets a machine aside, and sets a size to 0", begin: foreignHand },
  F13: { what: "one group of two cannot be read in two ticks of three", begin: halfAnswers },
  F14: { what: "the cloud refuses every call for its credentials, and the notices cannot be read", begin: expiredCredentials },
  F15: { what: "a million tasks that nobody waits for, and shapes that fit nowhere", begin: liar },
  F16: { what: "whenever a machine has left, work comes for just such a one", begin: regretted },
  F17: { what: "work lands on a node between the look at it and the request to drain it", begin: lateWork },
  F18: { what: "every call takes a second, so that ticks overrun", begin: slowCalls },
} as const satisfies Record<string, FaultClass>;

/** A fault class's name. */
export type FaultName = keyof typeof faultClasses;

/** All of them, in their order. */
export const faultNames = Object.keys(faultClasses) as readonly FaultName[];

function lostControlStore({ ray }: AgentSimulation): ActiveFault {
  return {
    eachTick: (tick) => {
      ray.unreachable = tick < 12;
      ray.listsNothing = tick >= 12 && tick < 17;
      if (tick === 17) ray.restartHead();
    },
    end: () => {
      ray.unreachable = false;
      ray.listsNothing = false;
    },
  };
}

function oldAnswers({ ray }: AgentSimulation): ActiveFault {
  return {
    eachTick: (tick) => {
      ray.lagSeconds = tick % 10 < 5 ? 60 : 0;
    },
    end: () => {
      ray.lagSeconds = 0;
    },
  };
}

function lostReplies({ ray }: AgentSimulation): ActiveFault {
  ray.losesReplies = true;
  return {
    reply: (call) => (writes.includes(call) ? unreachable : undefined),
    end: () => {
      ray.losesReplies = false;
    },
  };
}

function noCapacity(simulation: AgentSimulation): ActiveFault {
  const groups = simulation.config.groups.map(({ groupName }) => simulation.group(groupName));
  for (const group of groups) group.capacity = 0;
  return {
    end: () => {
      for (const group of groups) group.capacity = undefined;
    },
  };
}

/** They do not join after the fault either: each is to be ended. */
function neverJoining(simulation: AgentSimulation): ActiveFault {
  const bad = new Set<string>();
  const names = simulation.config.groups.map(({ groupName }) => groupName);
  const { ray } = simulation;
  let lasts = true;
  ray.neverJoin = (_group, instanceId) => {
    if (lasts) bad.add(instanceId);
    return bad.has(instanceId);
  };
  return {
    eachTick: () => {
      const starting = names
        .flatMap((name) => simulation.group(name).instances)
        .filter(({ instanceId }) => ray.aliveNode(instanceId) === undefined);
      for (const { instanceId } of starting) if (!ray.hasLeft(instanceId)) bad.add(instanceId);
    },
    end: () => {
      lasts = false;
    },
  };
}

function takenAway(simulation: AgentSimulation): ActiveFault {
  const { cloud, notices } = simulation;
  const groups = simulation.config.groups.map(({ groupName }) => simulation.group(groupName));
  const [first] = cloud.runningInstances();
  if (first !== undefined) simulation.announce(first.instanceId, "spot-interruption", 60);
  return {
    eachTick: (tick) => {
      if (tick === 30 && first !== undefined) cloud.loseInstance(first.instanceId);
      if (tick !== 5) return;
      for (const group of groups.filter(({ options }) => options.zones !== undefined)) {
        group.zonesOut.add("memory-1a");
        for (const { instanceId } of group.instances.filter(({ zone }) => zone === "memory-1a")) cloud.loseInstance(instanceId);
      }
    },
    end: () => {
      for (const group of groups) group.zonesOut.clear();
      const left = notices.filter(({ instanceId }) => instanceId !== first?.instanceId);
      notices.splice(0, notices.length, ...left);
    },
  };
}

function killed(simulation: AgentSimulation): ActiveFault {
  return {
    eachTick: (tick) => {
      if (tick % 5 === 0) simulation.killAfterCall(simulation.callCount + 1 + ((tick / 5) % 6));
    },
    end: () => simulation.killAfterCall(Number.POSITIVE_INFINITY),
  };
}

function jumpingClocks(simulation: AgentSimulation): ActiveFault {
  simulation.clock.jumpWallClock(3600);
  simulation.cloudClockSeconds = -3600;
  return {
    eachTick: (tick) => {
      if (tick === 20) simulation.clock.jumpWallClock(-7200);
    },
    end: () => {
      simulation.clock.jumpWallClock(3600);
      simulation.cloudClockSeconds = 0;
    },
  };
}

function twoAgents(simulation: AgentSimulation): ActiveFault {
  return {
    eachTick: (tick) => {
      if (tick !== 0 && tick !== 20) return;
      const meanwhile = () => simulation.otherAgent(35);
      simulation.freezeAfterCall(simulation.callCount + (tick === 0 ? 2 : 3), { seconds: 0, how: "stopped", meanwhile });
    },
  };
}

/** As `pulumi up` does it: the group first, which lowers a size above its maximum, and the agent's configuration. */
function changedLimits(simulation: AgentSimulation): ActiveFault {
  const { config } = simulation;
  const group = simulation.group("cpu");
  const { max } = group;
  group.max = 2;
  group.desired = Math.min(group.desired, 2);
  const limited = { maxReplicas: 2, minReplicas: 2 };
  simulation.config = { ...config, groups: config.groups.map((one) => (one.groupName === "cpu" ? { ...one, ...limited } : one)) };
  return {
    end: () => {
      group.max = max;
      simulation.config = config;
    },
  };
}

function foreignHand(simulation: AgentSimulation): ActiveFault {
  const [cpu, gpu] = [simulation.group("cpu"), simulation.group("gpu")];
  const aside = cpu.instances[0];
  return {
    eachTick: (tick) => {
      if (tick === 0) simulation.cloud.setDesired("demo-gpu", Math.min(gpu.max, gpu.desired + 2));
      if (tick === 10) cpu.launchSuspended = true;
      if (tick === 15 && aside !== undefined) aside.unusualState = "Standby";
      if (tick === 25) simulation.cloud.setDesired("demo-cpu", 0);
    },
    end: () => {
      cpu.launchSuspended = false;
      delete aside?.unusualState;
    },
  };
}

function halfAnswers(_simulation: AgentSimulation): ActiveFault {
  let now = 0;
  return {
    eachTick: (tick) => {
      now = tick;
    },
    cloud: (call, groupName) => (call === "describe" && groupName === "cpu" && now % 3 !== 2 ? unreachable : undefined),
  };
}

function expiredCredentials(simulation: AgentSimulation): ActiveFault {
  simulation.noticeProblem = expired.message;
  return {
    cloud: () => expired,
    end: () => {
      simulation.noticeProblem = undefined;
    },
  };
}

function liar({ ray }: AgentSimulation): ActiveFault {
  ray.pretended = [
    { shape: { CPU: 1 }, count: 1_000_000 },
    { shape: { TPU: 1 }, count: 5 },
    { shape: { CPU: 1_000_000 }, count: 1 },
  ];
  return {
    end: () => {
      ray.pretended = [];
    },
  };
}

function regretted({ ray }: AgentSimulation): ActiveFault {
  let alive = ray.aliveCount();
  return {
    eachTick: () => {
      if (ray.aliveCount() < alive && ray.waitingCount === 0) ray.submit({ CPU: 4 }, alive - ray.aliveCount(), 20);
      alive = ray.aliveCount();
    },
  };
}

function lateWork({ ray }: AgentSimulation): ActiveFault {
  return {
    onCall: (call) => {
      if (call !== "drainNode") return;
      ray.submit({ CPU: 2 }, 1, 10);
      ray.settle();
    },
  };
}

function slowCalls({ clock }: AgentSimulation): ActiveFault {
  return { onCall: () => clock.advance(1) };
}
