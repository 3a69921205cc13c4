import { describe, expect, it } from "vitest";
import { type Action, planActions } from "../../../../autoscaler-agent/decide/tick/actions";
import type { Assessment } from "../../../../autoscaler-agent/decide/tick/assess";
import type { GroupAssessment } from "../../../../autoscaler-agent/decide/tick/groups";
import type { InstanceAssessment } from "../../../../autoscaler-agent/decide/tick/instances";
import { emptyGroupMemory, emptyMemory } from "../../../../autoscaler-agent/decide/tick/memory";
import type { GroupInstance, NodeGroupState } from "../../../../autoscaler-agent/nodeGroups/backend";
import type { AgentConfig } from "../../../../contract/agentConfig";
import type { DecisionReply, Reason } from "../../../../contract/decision";
import { agentConfig, agentGroup, nodeId, rayNode } from "../../../support/agentBuilders";

const demand: Reason = { code: "pending-demand", text: "Tasks wait." };
const idle: Reason = { code: "idle-timeout-reached", text: "It is idle." };
const drained = { code: "drained", text: "It was drained." } as const;

type MachineOverrides = Partial<InstanceAssessment> & { readonly cloud?: Partial<GroupInstance>; readonly number?: number };

/** A machine in service, protected, with an idle node. */
function machine({ cloud, number = 1, ...overrides }: MachineOverrides = {}): InstanceAssessment {
  const instanceId = `i-${number}`;
  return {
    instance: {
      instanceId,
      lifecycle: "in-service",
      cloudState: "InService",
      instanceType: "m7i.xlarge",
      zone: "a",
      fillsDesired: true,
      protectedFromScaleIn: true,
      ...cloud,
    },
    phase: "running",
    node: rayNode({ nodeId: nodeId(number), instanceId }),
    memory: { groupName: "cpu", startedMs: 0, launchTimeKnown: true },
    ...overrides,
  };
}

function machines(count: number, overrides: MachineOverrides = {}): InstanceAssessment[] {
  return Array.from({ length: count }, (_, index) => machine({ ...overrides, number: index + 1 }));
}

/** One that was drained and has left Ray. */
function due(number: number, overrides: MachineOverrides = {}): InstanceAssessment {
  return withoutNode(machine({ number, phase: "drained", endCause: drained, ...overrides }));
}

function withoutNode({ node: _node, ...known }: InstanceAssessment): InstanceAssessment {
  return known;
}

type GroupOverrides = Partial<GroupAssessment> & { readonly groupName?: string; readonly cloud?: Partial<NodeGroupState> };

/** A group that was read twice and has as many machines as it wants. */
function assessed(
  instances: readonly InstanceAssessment[],
  { groupName = "cpu", cloud, ...overrides }: GroupOverrides = {},
): GroupAssessment {
  const group = agentGroup({ groupName });
  const state = {
    desired: instances.length,
    min: 0,
    max: 10,
    launchSuspended: false,
    instances: instances.map(({ instance }) => instance),
  };
  return {
    group,
    fresh: true,
    twiceSeen: true,
    state: { ...state, ...cloud },
    instances,
    awaited: 0,
    givenUp: 0,
    targets: { bounds: { minReplicas: 0, maxReplicas: 10, states: [] }, idleTimeout: { seconds: 60 } },
    minReplicas: 0,
    maxReplicas: 10,
    probing: false,
    resources: group.resources,
    memory: emptyGroupMemory,
    ...overrides,
  };
}

interface Plan {
  readonly groups: readonly GroupAssessment[];
  readonly launch?: Readonly<Record<string, number>>;
  readonly reason?: Reason;
  readonly drain?: readonly string[];
  readonly view?: Partial<Assessment>;
  readonly limits?: Partial<AgentConfig["limits"]>;
}

function planned({ groups, launch = {}, reason = demand, drain = [], view = {}, limits = {} }: Plan): readonly Action[] {
  const assessment = { groups, holds: [], notices: [], mayGrow: true, mayShrink: true, ...unbounded, memory: emptyMemory(0), ...view };
  const reply: DecisionReply = {
    launch: Object.entries(launch).map(([groupName, count]) => ({ groupName, count, reasons: [reason] })),
    drain: drain.map((id) => ({ id, reason: idle })),
    infeasible: { demands: [], gangs: [], requested: [] },
    overLimit: { demands: [], gangs: [], requested: [] },
    held: [],
    costPerHourUsd: 0,
    lowerBoundPerHourUsd: 0,
  };
  return planActions(assessment, reply, agentConfig({ limits: { upscalingSpeed: 1, ...limits } }));
}

function targets(actions: readonly Action[]): Record<string, number> {
  return Object.fromEntries(actions.flatMap((action) => (action.kind === "set-desired" ? [[action.groupName, action.target]] : [])));
}

function kinds(actions: readonly Action[]): string[] {
  return actions.map(({ kind }) => kind);
}

const blind: readonly (readonly [string, GroupOverrides, Partial<Assessment>])[] = [
  ["that was not read in this tick", { fresh: false }, {}],
  ["that was not seen twice", { twiceSeen: false }, {}],
  ["while Ray was not seen twice", {}, { mayShrink: false }],
];

const unbounded = {
  idleRemovals: { room: 1000, why: "" },
  breaker: { isOpen: false, probe: new Set<string>(), lost: 0, machines: 0 },
  flapping: new Set<string>(),
};

describe("planActions: growth", () => {
  it("adds the new nodes to those that stay and those that are awaited", () => {
    expect(planned({ groups: [assessed(machines(2), { awaited: 1, cloud: { desired: 3 } })], launch: { cpu: 2 } })).toEqual([
      { kind: "set-desired", groupName: "cpu", target: 5, observedDesired: 3, reasons: [demand] },
    ]);
  });

  it("goes to the group's maximum and no further", () => {
    expect(targets(planned({ groups: [assessed(machines(2), { maxReplicas: 4 })], launch: { cpu: 9 } }))).toEqual({ cpu: 4 });
    expect(planned({ groups: [assessed(machines(2), { maxReplicas: 2 })], launch: { cpu: 1 } })).toEqual([]);
  });

  it("shares what the cluster's maximum leaves, in the order of the answer", () => {
    const groups = [assessed(machines(2)), assessed(machines(1), { groupName: "gpu" }), assessed([], { groupName: "odd" })];
    const within = (maxReplicas: number) => targets(planned({ groups, launch: { cpu: 2, gpu: 2, odd: 1 }, limits: { maxReplicas } }));
    expect(within(8)).toEqual({ cpu: 4, gpu: 3, odd: 1 });
    expect(within(6)).toEqual({ cpu: 4, gpu: 2 });
    expect(within(4)).toEqual({ cpu: 3 });
    expect(within(2)).toEqual({});
  });

  it("counts machines against the cluster's maximum that are more than their group wants, and places that are not filled yet", () => {
    const tooMany = assessed(machines(3), { groupName: "gpu", cloud: { desired: 1 } });
    const tooFew = assessed(machines(1), { groupName: "odd", cloud: { desired: 2 } });
    const groups = [assessed([]), tooMany, tooFew];
    expect(targets(planned({ groups, launch: { cpu: 4 }, limits: { maxReplicas: 7 } }))).toEqual({ cpu: 2 });
  });

  it("counts a group that was never read as empty", () => {
    const { state: _state, ...never } = assessed([], { groupName: "gpu" });
    expect(targets(planned({ groups: [never, assessed([])], launch: { cpu: 1, gpu: 1 }, limits: { maxReplicas: 5 } }))).toEqual({ cpu: 1 });
  });

  it("buys in the place of a machine that is ending only what the chooser asked for", () => {
    const group = assessed([machine(), machine({ number: 2, phase: "ending" })]);
    expect(planned({ groups: [group], launch: { cpu: 1 } })).toEqual([]);
    expect(targets(planned({ groups: [group], launch: { cpu: 2 } }))).toEqual({ cpu: 3 });
  });

  it("does not count a machine that fills no place", () => {
    const group = assessed([machine(), machine({ number: 2, cloud: { fillsDesired: false } })], { cloud: { desired: 1 } });
    expect(targets(planned({ groups: [group], launch: { cpu: 1 } }))).toEqual({ cpu: 2 });
  });

  it.each<[string, Partial<Plan>]>([
    ["while Ray is not known", { view: { mayGrow: false } }],
    ["in a group that was not read in this tick", { groups: [assessed([], { fresh: false })] }],
    ["in a group that can have no new nodes", { groups: [assessed([], { unavailable: "paused" })] }],
    ["in a group that is not configured", { groups: [assessed([], { groupName: "other" })] }],
  ])("buys nothing %s", (_when, plan) => {
    expect(planned({ groups: [assessed([])], launch: { cpu: 1 }, ...plan })).toEqual([]);
  });

  it("says with the reason why the minimum is what it is, and with no other", () => {
    const bounds = { minReplicas: 1, maxReplicas: 10, why: "A schedule says so.", states: [] };
    const group = assessed([], { targets: { bounds, idleTimeout: { seconds: 60 } } });
    const reasonsOf = (reason: Reason, of = group) =>
      planned({ groups: [of], launch: { cpu: 1 }, reason }).map((action) => action.kind === "set-desired" && action.reasons);
    const minimum: Reason = { code: "min-replicas", text: "Too few." };
    expect(reasonsOf(minimum)).toEqual([[{ code: "min-replicas", text: "Too few. A schedule says so." }]]);
    expect(reasonsOf(demand)).toEqual([[demand]]);
    expect(reasonsOf(minimum, assessed([]))).toEqual([[minimum]]);
  });
});

describe("planActions: giving back", () => {
  const memory = { ...emptyGroupMemory, pause: { cause: "capacity", message: "None left.", sinceMs: 0, untilMs: 60_000 } as const };
  const refused: GroupOverrides = { givenUp: 2, memory, cloud: { desired: 4 } };

  it("lowers the size to the machines that are there, and names them", () => {
    const instances = [
      machine({ number: 2 }),
      machine({ number: 1 }),
      machine({ number: 3, cloud: { fillsDesired: false, protectedFromScaleIn: false } }),
    ];
    expect(planned({ groups: [assessed(instances, refused)] })).toEqual([
      {
        kind: "give-back",
        groupName: "cpu",
        target: 2,
        observedDesired: 4,
        instanceIds: ["i-1", "i-2"],
        text: "the cloud did not launch 2 of 4 machines: None left.",
      },
    ]);
  });

  it("goes no lower than the group's own minimum", () => {
    expect(planned({ groups: [assessed(machines(2), { ...refused, cloud: { desired: 4, min: 3 } })] })).toMatchObject([{ target: 3 }]);
    expect(planned({ groups: [assessed(machines(2), { ...refused, cloud: { desired: 4, min: 4 } })] })).toEqual([]);
  });

  it.each<[string, GroupOverrides]>([
    ["nothing was given up", { givenUp: 0 }],
    ["no pause says why", { memory: emptyGroupMemory }],
  ])("does nothing when %s", (_when, overrides) => {
    expect(planned({ groups: [assessed(machines(2), { ...refused, ...overrides })] })).toEqual([]);
  });

  it.each(blind)("gives nothing back of a group %s", (_when, overrides, view) => {
    expect(planned({ groups: [assessed(machines(2), { ...refused, ...overrides })], view })).toEqual([]);
  });

  it.each<[string, Partial<GroupInstance>]>([
    ["is not protected", { protectedFromScaleIn: false }],
    ["is not in service yet", { lifecycle: "pending" }],
  ])("does not shrink by number while a machine %s", (_what, cloud) => {
    expect(planned({ groups: [assessed([machine(), machine({ number: 2, cloud })], refused)] })).toEqual([]);
  });
});

describe("planActions: drains", () => {
  it("drains the machine that was chosen, by its node", () => {
    expect(planned({ groups: [assessed(machines(2))], drain: ["i-2"] })).toEqual([
      { kind: "drain", groupName: "cpu", instanceId: "i-2", nodeId: nodeId(2), reason: idle },
    ]);
  });

  it.each<[string, MachineOverrides]>([
    ["works again", { node: rayNode({ status: "running" }) }],
    ["is the head", { node: rayNode({ isHead: true }) }],
    ["drains already", { phase: "draining" }],
  ])("leaves a machine that %s", (_what, overrides) => {
    expect(planned({ groups: [assessed([machine(overrides), machine({ number: 2 })])], drain: ["i-1", "i-7"] })).toEqual([]);
  });

  it("leaves a machine that has no node", () => {
    expect(planned({ groups: [assessed([withoutNode(machine())])], drain: ["i-1"] })).toEqual([]);
  });

  it("leaves as many running nodes as the minimum says; one that starts does not count", () => {
    const instances = [...machines(3), machine({ number: 4, phase: "starting" })];
    const left = (minReplicas: number) => planned({ groups: [assessed(instances, { minReplicas })], drain: ["i-3", "i-2", "i-1"] });
    expect(left(1).map((action) => action.kind === "drain" && action.instanceId)).toEqual(["i-3", "i-2"]);
    expect(left(3)).toEqual([]);
    expect(left(4)).toEqual([]);
  });

  it("asks for no more than twenty at once", () => {
    const all = machines(25);
    expect(planned({ groups: [assessed(all)], drain: all.map(({ instance }) => instance.instanceId) })).toHaveLength(20);
  });

  it.each(blind)("drains nothing of a group %s", (_when, overrides, view) => {
    expect(planned({ groups: [assessed(machines(2), overrides)], drain: ["i-1"], view })).toEqual([]);
  });

  it("says where the time-out comes from", () => {
    const targetsWithWhy = {
      bounds: { minReplicas: 0, maxReplicas: 10, states: [] },
      idleTimeout: { seconds: 60, why: "It was regretted." },
    };
    expect(planned({ groups: [assessed(machines(1), { targets: targetsWithWhy })], drain: ["i-1"] })).toMatchObject([
      { reason: { code: "idle-timeout-reached", text: "It is idle. It was regretted." } },
    ]);
  });
});

describe("planActions: ends", () => {
  function sizes(group: GroupAssessment): string[] {
    return planned({ groups: [group] }).map((action) => (action.kind === "terminate" ? action.desiredSize : action.kind));
  }

  it("ends what was drained, with its place", () => {
    expect(planned({ groups: [assessed([machine(), due(2)])] })).toEqual([
      { kind: "terminate", groupName: "cpu", instanceId: "i-2", desiredSize: "lower", cause: drained },
    ]);
  });

  it("lowers the size no further than the group's own minimum", () => {
    expect(sizes(assessed([due(1), due(2), due(3)], { cloud: { min: 1 } }))).toEqual(["lower", "lower", "keep"]);
  });

  it("keeps the size while there are more machines than it says", () => {
    expect(sizes(assessed([due(1), due(2), due(3)], { cloud: { desired: 1 } }))).toEqual(["keep", "keep", "lower"]);
  });

  it.each<[string, InstanceAssessment]>([
    ["is in Ray", machine({ endCause: drained })],
    ["has no cause", withoutNode(machine({ phase: "starting" }))],
    ["could not be ended a moment ago", due(1, { memory: { groupName: "cpu", startedMs: 0, launchTimeKnown: true, endNotBeforeMs: 9 } })],
  ])("leaves a machine that %s", (_what, known) => {
    expect(planned({ groups: [assessed([known])] })).toEqual([]);
  });

  it("ends no more than twenty at once", () => {
    expect(sizes(assessed(Array.from({ length: 25 }, (_, index) => due(index))))).toHaveLength(20);
  });

  it.each(blind)("ends nothing of a group %s", (_when, overrides, view) => {
    expect(planned({ groups: [assessed([due(1)], overrides)], view })).toEqual([]);
  });
});

describe("planActions", () => {
  it("grows first and ends last, and goes on ending without an answer of the chooser", () => {
    const memory = { ...emptyGroupMemory, pause: { cause: "capacity", message: "None left.", sinceMs: 0, untilMs: 60_000 } as const };
    const full = assessed([machine(), due(2)], { groupName: "full", givenUp: 1, memory, cloud: { desired: 3 } });
    const groups = [full, assessed([])];
    expect(kinds(planned({ groups, launch: { cpu: 1 }, drain: ["i-1"] }))).toEqual(["set-desired", "give-back", "drain", "terminate"]);
    const assessment = { groups, holds: [], notices: [], mayGrow: true, mayShrink: true, ...unbounded, memory: emptyMemory(0) };
    expect(kinds(planActions(assessment, undefined, agentConfig()))).toEqual(["give-back", "terminate"]);
  });
});
