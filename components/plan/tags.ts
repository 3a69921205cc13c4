/**
 * The tags by which rayfleet knows its own. Tag keys that the instance metadata service shows to a machine may hold no `/` and no space,
 * hence the colon.
 */
export const tagKeys = { cluster: "rayfleet:cluster", role: "rayfleet:role", group: "rayfleet:group" } as const;

/** What a machine is for. */
export type MachineRole = "head" | "worker";

/** Tags of a resource that belongs to the cluster as a whole: the user's and the cluster's name. */
export function clusterTags(clusterName: string, userTags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...userTags, [tagKeys.cluster]: clusterName };
}

/** Tags of a machine and of what belongs to it alone; they are how the agent and the policies find it. */
export function machineTags(machine: {
  readonly clusterName: string;
  readonly role: MachineRole;
  /** Worker group, or Ray's name of the head's group. */
  readonly groupName: string;
  readonly userTags: Readonly<Record<string, string>>;
}): Readonly<Record<string, string>> {
  return { ...clusterTags(machine.clusterName, machine.userTags), [tagKeys.role]: machine.role, [tagKeys.group]: machine.groupName };
}
