import type { NodeId } from "../../autoscaler-agent/ray/nodeId";
import type { Resources } from "../../autoscaler-agent/ray/rayControl";

interface Running {
  readonly shape: Resources;
  readonly untilMs: number;
}

/** A node of the fake Ray. */
export interface FakeRayNode {
  readonly nodeId: NodeId;
  readonly instanceId: string;
  readonly groupName: string;
  readonly total: Resources;
  work: Running[];
  idleSinceMs: number;
  alive: boolean;
  /** Takes no more work, and leaves with the last of it. */
  draining: boolean;
  readonly joinedMs: number;
  diedMs?: number;
  /** It has left, and a control store with stored state shows it as running and free until then. */
  shownUntilMs?: number;
}

/** How much of a resource its work holds. */
export function used(node: FakeRayNode, name: string): number {
  return node.work.reduce((sum, { shape }) => sum + (shape[name] ?? 0), 0);
}

/** Whether a shape fits beside what runs there and what else is about to. */
export function fits(shape: Resources, node: FakeRayNode, extra: readonly Resources[]): boolean {
  return Object.entries(shape).every(([name, amount]) => {
    const taken = used(node, name) + extra.reduce((sum, other) => sum + (other[name] ?? 0), 0);
    return (node.total[name] ?? 0) - taken >= amount;
  });
}
