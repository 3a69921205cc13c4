import type { DecisionNode } from "../../contract/decision";
import type { Lot } from "./backlog";
import { type ResourceSpace, takeFrom } from "./resourceSpace";
import type { SimulatedGroup } from "./setup";

/** Tasks of one lot on one node. */
export interface Run {
  readonly node: FleetNode;
  readonly lot: Lot;
  readonly count: number;
  readonly endsSeconds: number;
  /** All runs that started with it of the same lot: those of a gang fail together. */
  readonly together: Run[];
  isOver: boolean;
}

/** One node, from its launch to its end. */
export interface FleetNode {
  readonly id: string;
  readonly group: FleetGroup;
  readonly free: Float64Array;
  readonly runs: Set<Run>;
  state: "starting" | "running" | "gone";
  /** Since when it has run nothing; undefined while it works or starts. */
  idleSinceSeconds: number | undefined;
  /** As the policies see it; made again when something on it has changed. */
  seen: DecisionNode | undefined;
}

/** A worker group and its nodes. */
export interface FleetGroup {
  readonly position: number;
  readonly simulated: SimulatedGroup;
  readonly capacity: Float64Array;
  readonly hasGpu: boolean;
  /** Nodes that are paid: starting or running. */
  nodeCount: number;
  launched: number;
  /** Ends of idle nodes, for regrets. */
  readonly endings: number[];
  /** The cloud refused lately: not to be asked before. */
  refusedUntilSeconds: number;
}

/** All nodes there are. */
export class Fleet {
  readonly groups: readonly FleetGroup[];
  /** In order of launch. */
  private members: FleetNode[] = [];
  private running: FleetNode[] = [];

  constructor(
    private readonly space: ResourceSpace,
    groups: readonly SimulatedGroup[],
  ) {
    this.groups = groups.map((simulated, position) => ({
      position,
      simulated,
      capacity: space.offered(simulated.group.resources),
      hasGpu: (simulated.group.resources["GPU"] ?? 0) > 0,
      nodeCount: 0,
      launched: 0,
      endings: [],
      refusedUntilSeconds: Number.NEGATIVE_INFINITY,
    }));
  }

  /** Starting and running ones. */
  nodes(): readonly FleetNode[] {
    return this.members;
  }

  /** Those that take work, in order of launch. */
  runningNodes(): readonly FleetNode[] {
    return this.running;
  }

  launch(group: FleetGroup): FleetNode {
    group.launched += 1;
    group.nodeCount += 1;
    const node: FleetNode = {
      id: `${group.simulated.group.groupName}-${group.launched}`,
      group,
      free: group.capacity.slice(),
      runs: new Set(),
      state: "starting",
      idleSinceSeconds: undefined,
      seen: undefined,
    };
    this.members.push(node);
    return node;
  }

  join(node: FleetNode, nowSeconds: number): void {
    node.state = "running";
    node.idleSinceSeconds = nowSeconds;
    node.seen = undefined;
    this.running.push(node);
  }

  end(node: FleetNode): void {
    node.state = "gone";
    node.group.nodeCount -= 1;
    this.members = this.members.filter((one) => one !== node);
    this.running = this.running.filter((one) => one !== node);
  }

  start(run: Run): void {
    const { node, lot, count } = run;
    takeFrom(node.free, lot.kind.wanted, count);
    node.runs.add(run);
    node.idleSinceSeconds = undefined;
    node.seen = undefined;
  }

  /** Gives back what a run took, whether it is done or failed. */
  finish(run: Run, nowSeconds: number): void {
    const { node, lot, count } = run;
    run.isOver = true;
    node.runs.delete(run);
    takeFrom(node.free, lot.kind.wanted, -count);
    node.seen = undefined;
    if (node.runs.size === 0) node.idleSinceSeconds = nowSeconds;
  }

  /** A node as Ray and the cloud would show it to a policy. */
  view(node: FleetNode, nowSeconds: number): DecisionNode {
    node.seen ??= this.describe(node);
    return node.idleSinceSeconds === undefined ? node.seen : { ...node.seen, idleSeconds: nowSeconds - node.idleSinceSeconds };
  }

  /** The same as {@link view}, with what will be free by then. */
  viewAt(node: FleetNode, { nowSeconds, atSeconds }: { nowSeconds: number; atSeconds: number }): DecisionNode {
    if (node.runs.size === 0) return this.view(node, nowSeconds);
    const free = node.free.slice();
    for (const { lot, count, endsSeconds } of node.runs) if (endsSeconds <= atSeconds) takeFrom(free, lot.kind.wanted, -count);
    return { ...this.describe(node), available: this.space.amounts(free) };
  }

  private describe({ id, group, state, free, runs }: FleetNode): DecisionNode {
    const base = { id, groupName: group.simulated.group.groupName };
    if (state === "starting") return { ...base, state };
    return { ...base, state: "running", ...(runs.size === 0 ? {} : { available: this.space.amounts(free) }) };
  }
}
