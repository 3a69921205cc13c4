import type { AgentConfig, AgentGroup } from "../contract/agentConfig";
import type { Clock } from "./clock";
import type { Action } from "./decide/actions";
import { filledPlaces } from "./decide/groups";
import type { ActionOutcome } from "./decide/outcomes";
import type { NodeGroupBackend, NodeGroupObservation, NodeGroupState, WriteOutcome } from "./nodeGroups/backend";
import type { RayControl } from "./ray/rayControl";

/**
 * A machine is ended on a look at Ray that is at most so old, in milliseconds: a node may come back while other machines are ended before it.
 */
const OLDEST_LOOK_MS = 5_000;

/** What the actions are done with. */
export interface ActPorts {
  readonly clock: Clock;
  readonly ray: RayControl;
  readonly backend: NodeGroupBackend;
}

/** What is to be done in one tick. */
export interface Plan {
  readonly actions: readonly Action[];
  readonly config: AgentConfig;
  /** When Ray was asked for what the actions rest on, in monotonic milliseconds. */
  readonly askedMs: number;
}

interface Step<Kind extends Action["kind"] = Action["kind"]> {
  readonly action: Extract<Action, { kind: Kind }>;
  readonly group: AgentGroup;
}

/**
 * Does the actions of one tick. Groups run side by side and cannot disturb each other; within a group the order is kept. An action that fails is
 * an outcome, and the next one is tried all the same: each is safe by itself. Ends that come so late that Ray may have changed are skipped.
 *
 * @throws the signal's reason, when the agent is told to stop in the middle.
 */
export async function act(ports: ActPorts, { actions, config, askedMs }: Plan, signal: AbortSignal): Promise<readonly ActionOutcome[]> {
  const done = await Promise.all(
    config.groups.map(async (group) => {
      const outcomes: ActionOutcome[] = [];
      for (const action of actions.filter((candidate) => candidate.groupName === group.groupName)) {
        signal.throwIfAborted();
        outcomes.push(await actOnce(ports, { action, group, askedMs }, signal));
      }
      return outcomes;
    }),
  );
  return done.flat();
}

async function actOnce(
  ports: ActPorts,
  { action, group, askedMs }: Step & { readonly askedMs: number },
  signal: AbortSignal,
): Promise<ActionOutcome> {
  switch (action.kind) {
    case "set-desired":
      return await grow(ports.backend, { action, group }, signal);
    case "give-back":
      return await giveBack(ports.backend, { action, group }, signal);
    case "drain":
      return await drain(ports.ray, action, signal);
    case "terminate":
      return await end(ports, { action, group, askedMs }, signal);
  }
}

async function end(
  { backend, clock }: ActPorts,
  { action, group, askedMs }: Step<"terminate"> & { readonly askedMs: number },
  signal: AbortSignal,
): Promise<ActionOutcome> {
  const lookedAgoMs = clock.monotonicMs() - askedMs;
  if (lookedAgoMs > OLDEST_LOOK_MS) {
    const seconds = Math.round(lookedAgoMs / 1000);
    return { action, outcome: skipped(`Ray was asked ${seconds} s ago and the node may be back; decided anew in the next tick`) };
  }
  const { instanceId, desiredSize } = action;
  return { action, outcome: await backend.terminate(group, { instanceId, desiredSize }, signal) };
}

/** Up is the larger of what is wanted and what a fresh read says: repeating it is harmless, and it cannot undo anybody's raise. */
async function grow(backend: NodeGroupBackend, { action, group }: Step<"set-desired">, signal: AbortSignal): Promise<ActionOutcome> {
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
async function giveBack(backend: NodeGroupBackend, { action, group }: Step<"give-back">, signal: AbortSignal): Promise<ActionOutcome> {
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
