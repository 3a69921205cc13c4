import type { NodeGroupState } from "../../nodeGroups/backend";
import type { Memory } from "./memory";

/** A machine that somebody else ended. */
export interface ForeignEnd {
  readonly instanceId: string;
  /** The cloud's word for its state; absent: its group does not have it any more. */
  readonly cloudState?: string;
}

/**
 * Machines of a group that have begun to end since the last look, or are gone since, and that the agent did not ask to end: an instance refresh, capacity
 * rebalancing, a failed health check, a person, the machine itself. The group replaces them by itself, so the agent leaves them alone.
 *
 * @param state as read in this tick.
 * @param memory as the tick before left it.
 */
export function foreignEnds(groupName: string, state: NodeGroupState, memory: Memory): readonly ForeignEnd[] {
  const now = new Map(state.instances.map((instance) => [instance.instanceId, instance]));
  const before = memory.groups.get(groupName)?.lastState?.instances ?? [];
  return before.flatMap(({ instanceId, lifecycle }) => {
    const isAsked = memory.instances.get(instanceId)?.endAgainMs !== undefined;
    if (isAsked || lifecycle === "terminating") return [];
    const instance = now.get(instanceId);
    if (instance === undefined) return [{ instanceId }];
    return instance.lifecycle === "terminating" ? [{ instanceId, cloudState: instance.cloudState }] : [];
  });
}

/** The end as a sentence. `reason`: in the cloud's words; undefined: it did not say. */
export function foreignEndText({ instanceId, cloudState }: ForeignEnd, reason: string | undefined): string {
  const what = cloudState === undefined ? "is gone" : `is being ended (${cloudState})`;
  const why = reason === undefined ? "the group's activities say why" : `the group says: ${reason}`;
  return `${instanceId} ${what}, and the agent did not ask for it; ${why}; left alone`;
}
