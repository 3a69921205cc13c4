import type { GroupAssessment } from "./groups";
import type { Memory } from "./memory";

/**
 * Machines that have begun to end since the last look and that the agent did not ask to end, as sentences: an instance refresh, capacity rebalancing, a failed
 * health check, a person. The group replaces them by itself, so the agent leaves them alone.
 */
export function foreignEnds({ group: { groupName }, instances, fresh }: GroupAssessment, memory: Memory): readonly string[] {
  if (!fresh) return [];
  const before = new Map(memory.groups.get(groupName)?.lastState?.instances.map(({ instanceId, lifecycle }) => [instanceId, lifecycle]));
  return instances.flatMap(({ instance: { instanceId, lifecycle, cloudState } }) => {
    const was = before.get(instanceId);
    const isAsked = memory.instances.get(instanceId)?.endAgainMs !== undefined;
    return lifecycle === "terminating" && was !== undefined && was !== "terminating" && !isAsked
      ? [
          `${groupName}: ${instanceId} is being ended (${cloudState}), and the agent did not ask for it; the group's activities say why; left alone`,
        ]
      : [];
  });
}
