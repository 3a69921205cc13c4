import type { AgentGroup } from "../../contract/agentConfig";

type Backend = AgentGroup["backend"];

/**
 * Where the group is, in the cloud of one kind.
 *
 * @throws Error when it is in another: an agent is made for one cloud
 */
export function backendOf<Kind extends Backend["kind"]>({ groupName, backend }: AgentGroup, kind: Kind): Extract<Backend, { kind: Kind }> {
  if (backend.kind !== kind) {
    throw new Error(
      `groups[${groupName}].backend.kind: is not this agent's; got ${backend.kind}; expected ${kind}. Run the agent that is made for it.`,
    );
  }
  return backend as Extract<Backend, { kind: Kind }>;
}
