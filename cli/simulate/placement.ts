import type { Backlog, Lot, WorkKind } from "./backlog";
import type { Fleet, FleetNode } from "./fleet";
import type { HybridOrder } from "./nodeOrder";
import { timesFitting } from "./resourceSpace";

/** Tells that tasks of a lot start on a node. */
export type Start = (lot: Lot, node: FleetNode, count: number) => void;

/**
 * Places work as Ray's scheduler does, which knows no plan: at once, wherever it fits; GPU nodes are left to GPU work as long as others have room. Gangs start as a
 * whole or not at all, on nodes in use before idle ones and older before newer ones, as `PACK` has it. Single tasks go the same way, or as {@link HybridOrder} says.
 */
export class Placement {
  constructor(
    private readonly fleet: Fleet,
    private readonly backlog: Backlog,
    private readonly start: Start,
    private readonly hybrid: HybridOrder | undefined,
  ) {}

  /** Tries all that waits on nodes that have got room. */
  onNodes(nodes: readonly FleetNode[]): void {
    if (nodes.length === 0) return;
    this.placeGangs();
    for (const kind of this.backlog.waitingKinds()) this.placeKind(kind, nodes);
  }

  /** Tries kinds of which more has come, on all nodes: everything else that waits fits nowhere. */
  newKinds(kinds: Iterable<WorkKind>): void {
    for (const kind of kinds) this.placeKind(kind, this.fleet.runningNodes());
  }

  /** Tries the gangs, the longest waiting first. */
  placeGangs(): void {
    const { backlog } = this;
    if (backlog.gangs.length === 0) return;
    const room = new Map<WorkKind, number>();
    backlog.gangs = backlog.gangs.filter((gang) => {
      const places = room.get(gang.kind) ?? this.places(gang.kind);
      room.set(gang.kind, places);
      if (places < gang.left) return true;
      this.placeGang(gang);
      room.clear();
      return false;
    });
  }

  private places(kind: WorkKind): number {
    let places = 0;
    for (const node of this.fleet.runningNodes())
      if (kind.fits[node.group.position] === true) places += timesFitting(node.free, kind.wanted);
    return places;
  }

  private placeGang(gang: Lot): void {
    this.visit(gang.kind, this.fleet.runningNodes(), (node) => {
      const count = Math.min(gang.left, timesFitting(node.free, gang.kind.wanted));
      gang.left -= count;
      if (count > 0) this.start(gang, node, count);
      return gang.left > 0;
    });
  }

  private placeKind(kind: WorkKind, nodes: readonly FleetNode[]): void {
    if (kind.waiting === 0) return;
    if (this.hybrid !== undefined) {
      this.placeByChance(kind, nodes, this.hybrid);
      return;
    }
    this.visit(kind, nodes, (node) => {
      const fitting = Math.min(kind.waiting, timesFitting(node.free, kind.wanted));
      if (fitting > 0) for (const { lot, count } of this.backlog.take(kind, fitting)) this.start(lot, node, count);
      return kind.waiting > 0;
    });
  }

  private placeByChance(kind: WorkKind, nodes: readonly FleetNode[], hybrid: HybridOrder): void {
    for (const onGpuNodes of kind.needsGpu ? [true] : [false, true]) {
      const open = nodes.filter(
        ({ group, state }) => state === "running" && group.hasGpu === onGpuNodes && kind.fits[group.position] === true,
      );
      const give = (node: FleetNode, count: number) => {
        for (const part of this.backlog.take(kind, count)) this.start(part.lot, node, part.count);
      };
      if (hybrid.place(kind, open, { left: kind.waiting, all: this.fleet.runningNodes().length, give }) === 0) return;
    }
  }

  /** Nodes on which the kind may be, best first, until `place` says that nothing is left. */
  private visit(kind: WorkKind, nodes: readonly FleetNode[], place: (node: FleetNode) => boolean): void {
    for (const onGpuNodes of kind.needsGpu ? [true] : [false, true]) {
      for (const onIdleNodes of [false, true]) {
        for (const node of nodes) {
          const isIdle = node.runs.size === 0;
          const isWanted = node.group.hasGpu === onGpuNodes && isIdle === onIdleNodes && kind.fits[node.group.position] === true;
          if (isWanted && node.state === "running" && !place(node)) return;
        }
      }
    }
  }
}
