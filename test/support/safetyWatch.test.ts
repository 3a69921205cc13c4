import { describe, expect, it } from "vitest";
import { decide } from "../../autoscaler-agent/decide/decide";
import type { NodeGroupObservation } from "../../autoscaler-agent/nodeGroups/backend";
import { cloudName, InMemoryBackend } from "../../autoscaler-agent/nodeGroups/inMemory";
import { RayError } from "../../autoscaler-agent/ray/rayControl";
import type { DecisionReply, DecisionRequest } from "../../contract/decision";
import { nodeId } from "./agentBuilders";
import type { Outside, SimulationOptions } from "./agentSimulation";
import type { FaultName } from "./faultClasses";
import { liveThroughTrial, type Moment } from "./faultMatrix";
import { type RuleName, ruleNames } from "./ruleLedger";

const never = new AbortController().signal;

/** An agent that breaks one rule on purpose, and what the watch says to that. */
interface Wrong {
  readonly rule: RuleName;
  readonly what: string;
  readonly agent: Omit<SimulationOptions, "config">;
  readonly says: RegExp;
  /** What must happen for it to do wrong. */
  readonly faults?: readonly FaultName[];
  readonly moment?: Moment;
}

function ray(change: (outside: Outside) => Partial<Outside["ray"]>): Wrong["agent"] {
  return { distort: (outside) => ({ ...outside, ray: { ...outside.ray, ...change(outside) } }) };
}

function backend(change: (outside: Outside) => Partial<Outside["backend"]>): Wrong["agent"] {
  return { distort: (outside) => ({ ...outside, backend: { ...outside.backend, ...change(outside) } }) };
}

function chooser(change: (request: DecisionRequest) => Partial<DecisionReply>): Wrong["agent"] {
  return { decide: (request) => ({ ...decide(request), ...change(request) }) };
}

let turn = 0;

const wrongs: readonly Wrong[] = [
  {
    rule: "S1",
    what: "buys more than the maximum",
    agent: backend(({ backend: { setDesired } }) => ({ setDesired: (group, desired, signal) => setDesired(group, desired + 20, signal) })),
    says: /S1: cpu is set to 21, above 8/,
  },
  {
    rule: "S1",
    what: "drains the last node of the minimum",
    agent: ray(({ ray: { readState, drainNode } }) => ({
      readState: async (signal) => {
        const seen = await readState(signal);
        const idle = seen.nodes.find(({ isHead, idleSeconds = 0 }) => !isHead && idleSeconds > 65);
        if (idle !== undefined) await drainNode({ nodeId: idle.nodeId, reason: "idle", message: "" }, signal);
        return seen;
      },
    })),
    says: /S1: cpu is drained to 0, below 1/,
  },
  {
    rule: "S2",
    what: "drains the head",
    agent: ray(({ ray: { drainNode } }) => ({
      drainNode: async (request, signal) => {
        await drainNode({ ...request, nodeId: nodeId(0xffff_0001) }, signal);
        return { kind: "accepted" };
      },
    })),
    says: /S2: the head is asked to leave/,
  },
  {
    rule: "S2",
    what: "ends a machine that is in Ray",
    agent: { distort: endsWhatIsIdle },
    says: /S2: i-0000000\d is ended while it is in Ray/,
  },
  {
    rule: "S3",
    what: "shrinks a group by number",
    agent: backend(({ backend: { setDesired, terminate } }) => ({
      terminate: async (group, end, signal) => {
        await setDesired(group, 0, signal);
        return await terminate(group, end, signal);
      },
    })),
    says: /S3: \w+ is set to 0 with \d machines/,
  },
  {
    rule: "S4",
    what: "sizes a group that it read long ago",
    agent: { distort: rememberGroups },
    says: /S4: cpu is sized on a read from/,
  },
  {
    rule: "S5",
    what: "buys on what Ray said before its control store was away",
    agent: { distort: rememberRay },
    says: /S5: a group grows while the head is not alive in Ray/,
    faults: ["F1"],
  },
  {
    rule: "S5",
    what: "ends machines of a group that it cannot read",
    agent: { distort: rememberUnknownGroups },
    says: /S5: a machine is ended without two complete views of cpu/,
    faults: ["F13"],
    moment: "ending",
  },
  {
    rule: "S6",
    what: "does not count what is on its way",
    agent: chooser((request) => ({
      launch: decide({ ...request, nodes: request.nodes.filter(({ id }) => !isOnItsWay(request, id)) }).launch,
    })),
    says: /S6: \w+ grows by \d with \d machines on their way/,
  },
  {
    rule: "S7",
    what: "asks every idle node to leave in its first minute",
    agent: ray(({ ray: { readState, drainNode } }) => ({
      readState: async (signal) => {
        const seen = await readState(signal);
        for (const node of seen.nodes.filter(({ isHead, status }) => !isHead && status === "idle"))
          await drainNode({ nodeId: node.nodeId, reason: "idle", message: "" }, signal);
        return seen;
      },
    })),
    says: /S7: an idle node is asked to leave in the first minute/,
  },
  {
    rule: "S8",
    what: "does not hear that there is no capacity",
    agent: backend(({ backend: { launchFailures } }) => ({
      launchFailures: async (group, signal) => {
        await launchFailures(group, signal);
        return [];
      },
    })),
    says: /S8: gpu is asked to grow \d+ s too early after 1 refusals/,
    faults: ["F5", "F15"],
  },
  {
    rule: "S8",
    what: "calls on while it is throttled",
    agent: backend(({ backend: { describe: read } }) => ({
      describe: async (groups, signal) => {
        await read(groups, signal);
        return new Map(groups.map(({ groupName }) => [groupName, { kind: "unknown", error: { code: "unknown", message: "hm" } }]));
      },
    })),
    says: /S8: the cloud is called \d+ ms too early after it throttled/,
    faults: ["F3"],
  },
  {
    rule: "S9",
    what: "raises a group's maximum when it needs more",
    agent: {
      backend: (cloud, _clock, fault) => {
        const inMemory = new InMemoryBackend(cloud, fault);
        const setDesired: InMemoryBackend["setDesired"] = async (group, desired, signal) => {
          cloud.group(cloudName(group)).max += 1;
          return await inMemory.setDesired(group, desired, signal);
        };
        return Object.assign(Object.create(inMemory) as InMemoryBackend, bound(inMemory), { setDesired });
      },
    },
    says: /S9: the settings of a group are edited/,
  },
  {
    rule: "S10",
    what: "decides otherwise every other time",
    agent: chooser((request) => {
      turn += 1;
      return turn % 2 === 0 ? { launch: [], drain: [] } : { launch: decide(request).launch };
    }),
    says: /S10: the same input is decided otherwise/,
  },
  {
    rule: "L1",
    what: "never buys for what waits",
    agent: chooser(() => ({ launch: [] })),
    says: /L1: not within \d+ ticks: all work runs/,
  },
  { rule: "L1", what: "never lets go", agent: chooser(() => ({ drain: [] })), says: /L1: not within \d+ ticks: only the minimum is left/ },
];

function isOnItsWay(request: DecisionRequest, id: string): boolean {
  return request.nodes.find((node) => node.id === id)?.state !== "running";
}

function bound(inMemory: InMemoryBackend): Partial<InMemoryBackend> {
  const names = Object.getOwnPropertyNames(InMemoryBackend.prototype).filter((name) => name !== "constructor") as (keyof InMemoryBackend)[];
  return Object.fromEntries(names.map((name) => [name, (inMemory[name] as () => unknown).bind(inMemory)]));
}

/** Ends machines of idle nodes without asking Ray. */
function endsWhatIsIdle(outside: Outside): Outside {
  return {
    ...outside,
    ray: {
      ...outside.ray,
      drainNode: async (request, signal) => {
        const seen = await outside.ray.readState(signal);
        const node = seen.nodes.find((one) => one.nodeId === request.nodeId);
        const group = { groupName: node?.groupName ?? "" } as Parameters<Outside["backend"]["terminate"]>[0];
        await outside.backend.terminate(group, { instanceId: node?.instanceId ?? "", desiredSize: "lower" }, signal);
        return { kind: "accepted" };
      },
    },
  };
}

/** Goes on with what it knew of Ray when Ray does not answer, and with work that it makes up. */
function rememberRay(outside: Outside): Outside {
  let known: Awaited<ReturnType<Outside["ray"]["readState"]>> | undefined;
  const readState: Outside["ray"]["readState"] = async (signal) => {
    try {
      known = await outside.ray.readState(signal);
    } catch (thrown) {
      if (!(thrown instanceof RayError) || known === undefined) throw thrown;
      known = { ...known, version: known.version + 1, demands: [{ shape: { CPU: 4 }, count: 5 }] };
    }
    return known;
  };
  return { ...outside, ray: { ...outside.ray, readState } };
}

/** Reads the groups once. */
function rememberGroups(outside: Outside): Outside {
  let known: ReturnType<Outside["backend"]["describe"]> | undefined;
  return {
    ...outside,
    backend: {
      ...outside.backend,
      describe: (groups) => {
        known ??= outside.backend.describe(groups, never);
        return known;
      },
    },
  };
}

/** Goes on with what it knew of a group when it cannot read it. */
function rememberUnknownGroups(outside: Outside): Outside {
  const known = new Map<string, NodeGroupObservation>();
  return {
    ...outside,
    backend: {
      ...outside.backend,
      describe: async (groups, signal) => {
        const observed = await outside.backend.describe(groups, signal);
        for (const [name, observation] of observed) if (observation.kind === "known") known.set(name, observation);
        return new Map([...observed].map(([name, observation]) => [name, known.get(name) ?? observation]));
      },
    },
  };
}

describe("SafetyWatch", () => {
  it("has a wrong agent for every rule", () => {
    expect(ruleNames.filter((name) => !wrongs.some(({ rule }) => rule === name))).toEqual([]);
  });

  it.each(wrongs)("sees an agent that $what ($rule)", async ({ agent, says, faults = [], moment = "arrival" }) => {
    const trial = liveThroughTrial({ faults, moment, backend: "memory" }, { ...agent, boundedTicks: 150 });
    expect(await trial.then(() => "nothing is wrong", String)).toMatch(says);
  });
});
