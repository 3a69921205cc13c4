import type { AgentConfig, AgentGroup } from "../contract/agentConfig";
import type { Action } from "./decide/actions";
import { filledPlaces } from "./decide/groups";
import type { ActionOutcome } from "./decide/outcomes";
import type { NodeGroupBackend, NodeGroupObservation, NodeGroupState, WriteOutcome } from "./nodeGroups/backend";
import type { RayControl } from "./ray/rayControl";

/** What the actions are done with. */
export interface ActPorts {
  readonly ray: RayControl;
  readonly backend: NodeGroupBackend;
}

/**
 * Does the actions of one tick. Groups run side by side and cannot disturb each other; within a group the order is kept. An action that fails is
 * an outcome, and the next one is tried all the same: each is safe by itself.
 *
 * @throws the signal's reason, when the agent is told to stop in the middle.
 */
export async function act(
  ports: ActPorts,
  actions: readonly Action[],
  config: AgentConfig,
  signal: AbortSignal,
): Promise<readonly ActionOutcome[]> {
  const done = await Promise.all(
    config.groups.map(async (group) => {
      const outcomes: ActionOutcome[] = [];
      for (const action of actions.filter((candidate) => candidate.groupName === group.groupName)) {
        signal.throwIfAborted();
        outcomes.push(await actOnce(ports, { action, group }, signal));
      }
      return outcomes;
    }),
  );
  return done.flat();
}

async function actOnce(
  ports: ActPorts,
  { action, group }: { action: Action; group: AgentGroup },
  signal: AbortSignal,
): Promise<ActionOutcome> {
  switch (action.kind) {
    case "set-desired":
      return await grow(ports.backend, { action, group }, signal);
    case "give-back":
      return await giveBack(ports.backend, { action, group }, signal);
    case "drain":
      return await drain(ports.ray, action, signal);
    case "terminate": {
      const { instanceId, desiredSize } = action;
      return { action, outcome: await ports.backend.terminate(group, { instanceId, desiredSize }, signal) };
    }
  }
}

/** Up is the larger of what is wanted and what a fresh read says: repeating it is harmless, and it cannot undo anybody's raise. */
async function grow(
  backend: NodeGroupBackend,
  { action, group }: { action: Extract<Action, { kind: "set-desired" }>; group: AgentGroup },
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const fresh = await readOne(backend, group, signal);
  if (fresh.kind === "unknown") {
    return { action, outcome: { kind: "failed", error: fresh.error } };
  }
  const { desired, max } = fresh.state;
  if (desired < action.observedDesired) {
    return {
      action,
      outcome: skipped(`the desired size went from ${action.observedDesired} to ${desired} meanwhile; decided anew in the next tick`),
    };
  }
  const target = Math.min(action.target, max, group.maxReplicas);
  if (target <= desired) {
    return { action, outcome: { kind: "done" }, written: desired };
  }
  return { action, outcome: await backend.setDesired(group, target, signal), written: target };
}

/** Takes back places that the cloud refused to fill, and only those: any change since the decision stops it. */
async function giveBack(
  backend: NodeGroupBackend,
  { action, group }: { action: Extract<Action, { kind: "give-back" }>; group: AgentGroup },
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const fresh = await readOne(backend, group, signal);
  if (fresh.kind === "unknown") {
    return { action, outcome: { kind: "failed", error: fresh.error } };
  }
  const unchanged = fresh.state.desired === action.observedDesired && sameMachines(fresh.state, action.instanceIds);
  if (!unchanged || action.target < filledPlaces(fresh.state)) {
    return { action, outcome: skipped("the group changed meanwhile; decided anew in the next tick") };
  }
  return { action, outcome: await backend.setDesired(group, action.target, signal), written: action.target };
}

async function drain(ray: RayControl, action: Extract<Action, { kind: "drain" }>, signal: AbortSignal): Promise<ActionOutcome> {
  try {
    const outcome = await ray.drainNode({ reason: "idle", nodeId: action.nodeId, message: `rayfleet: ${action.reason.text}` }, signal);
    return { action, outcome };
  } catch (thrown) {
    signal.throwIfAborted();
    return { action, outcome: { kind: "failed", message: thrown instanceof Error ? thrown.message : String(thrown) } };
  }
}

async function readOne(backend: NodeGroupBackend, group: AgentGroup, signal: AbortSignal): Promise<NodeGroupObservation> {
  const observed = (await backend.describe([group], signal)).get(group.groupName);
  return observed ?? { kind: "unknown", error: { code: "unknown", message: "describe: gave no answer for the group" } };
}

function sameMachines(state: NodeGroupState, instanceIds: readonly string[]): boolean {
  const now = state.instances.filter((instance) => instance.fillsDesired).map((instance) => instance.instanceId);
  return now.sort().join() === [...instanceIds].join();
}

function skipped(reason: string): WriteOutcome {
  return { kind: "skipped", reason };
}
