import type { AgentConfig, AgentGroup } from "../contract/agentConfig";
import type { Clock } from "./clock";
import type { Action } from "./decide/tick/actions";
import { filledPlaces } from "./decide/tick/groups";
import type { ActionOutcome } from "./decide/tick/outcomes";
import { FreshReads } from "./freshReads";
import { LastWords } from "./lastWords";
import { agoMs, type Moment } from "./moment";
import type { NodeGroupBackend, NodeGroupObservation, NodeGroupState, WriteOutcome } from "./nodeGroups/backend";
import type { DrainRequest, RayControl } from "./ray/rayControl";

/**
 * A node is drained, a machine ended and a place given back on a look at Ray that is at most so old, in milliseconds: a node may come back while other machines
 * are ended before it, and an agent that was stopped for an hour knows nothing any more.
 */
const OLDEST_LOOK_MS = 5_000;
/** A group grows on a look at Ray that is at most so old: at worst a machine is bought for work that has ended. */
const OLDEST_LOOK_TO_GROW_MS = 20_000;
/** A size is written on a read of the group that was asked for so long ago at most; a call has 8 s to answer. */
const OLDEST_READ_MS = 10_000;

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
  /** When Ray was asked for what the actions rest on. */
  readonly asked: Moment;
}

/** All that one action needs. */
interface Scene {
  readonly ports: ActPorts;
  readonly asked: Moment;
  readonly reads: FreshReads;
}

interface Step<Kind extends Action["kind"] = Action["kind"]> {
  readonly action: Extract<Action, { kind: Kind }>;
  readonly group: AgentGroup;
}

/**
 * Does the actions of one tick. Groups run side by side and cannot disturb each other; within a group the order is kept. An action that fails is
 * an outcome, and the next one is tried all the same: each is safe by itself. What comes so late that the world may have changed is skipped.
 *
 * @throws the signal's reason, when the agent is told to stop in the middle.
 */
export async function act(ports: ActPorts, { actions, config, asked }: Plan, signal: AbortSignal): Promise<readonly ActionOutcome[]> {
  const sized = new Set(actions.filter(({ kind }) => kind === "set-desired" || kind === "give-back").map(({ groupName }) => groupName));
  const reads = new FreshReads(
    ports,
    config.groups.filter(({ groupName }) => sized.has(groupName)),
  );
  const lastWords = new LastWords(ports.backend, actions);
  const done = await Promise.all(
    config.groups.map(async (group) => {
      const outcomes: ActionOutcome[] = [];
      for (const action of actions.filter((candidate) => candidate.groupName === group.groupName)) {
        signal.throwIfAborted();
        // First, so that what follows is judged by how old the looks are then.
        const consoleTail = await lastWords.before(action, signal);
        const outcome = await actOnce({ ports, asked, reads }, { action, group }, signal);
        outcomes.push(consoleTail.length === 0 ? outcome : { ...outcome, consoleTail });
      }
      return outcomes;
    }),
  );
  return done.flat();
}

async function actOnce(scene: Scene, { action, group }: Step, signal: AbortSignal): Promise<ActionOutcome> {
  const outcome = lookTooOld(scene, action);
  if (outcome !== undefined) return { action, outcome } as ActionOutcome;
  switch (action.kind) {
    case "set-desired":
      return await grow(scene, { action, group }, signal);
    case "give-back":
      return await giveBack(scene, { action, group }, signal);
    case "drain":
      return await drain(scene.ports, action, signal);
    case "terminate": {
      const { instanceId, desiredSize } = action;
      return { action, outcome: await scene.ports.backend.terminate(group, { instanceId, desiredSize }, signal) };
    }
  }
}

function lookTooOld({ ports, asked }: Scene, { kind }: Action): Extract<WriteOutcome, { kind: "skipped" }> | undefined {
  const lookedAgoMs = agoMs(ports.clock, asked);
  return lookedAgoMs > (kind === "set-desired" ? OLDEST_LOOK_TO_GROW_MS : OLDEST_LOOK_MS)
    ? skipped(`Ray was asked ${Math.round(lookedAgoMs / 1000)} s ago and may have changed; decided anew in the next tick`)
    : undefined;
}

/** Up is the larger of what is wanted and what a fresh read says: repeating it is harmless, and it cannot undo anybody's raise. */
async function grow(scene: Scene, { action, group }: Step<"set-desired">, signal: AbortSignal): Promise<ActionOutcome> {
  const fresh = await freshState(scene, { action, group }, signal);
  if (fresh.kind !== "known") return { action, outcome: fresh };
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
  return { action, outcome: await scene.ports.backend.setDesired(group, target, signal), written: target };
}

/** Takes back places that the cloud refused to fill, and only those: any change since the decision stops it. */
async function giveBack(scene: Scene, { action, group }: Step<"give-back">, signal: AbortSignal): Promise<ActionOutcome> {
  const fresh = await freshState(scene, { action, group }, signal);
  if (fresh.kind !== "known") return { action, outcome: fresh };
  const unchanged = fresh.state.desired === action.observedDesired && sameMachines(fresh.state, action.instanceIds);
  if (!unchanged || action.target < filledPlaces(fresh.state)) {
    return { action, outcome: skipped("the group changed meanwhile; decided anew in the next tick") };
  }
  return { action, outcome: await scene.ports.backend.setDesired(group, action.target, signal), written: action.target };
}

/** The group right before it is written to, or why it is not written to. */
async function freshState(
  scene: Scene,
  { action, group }: Step,
  signal: AbortSignal,
): Promise<Extract<NodeGroupObservation, { kind: "known" }> | Exclude<WriteOutcome, { kind: "done" }>> {
  const { observation, at } = await scene.reads.of(group, signal);
  if (observation.kind === "unknown") return { kind: "failed", error: observation.error };
  // The read may have taken long, and the look at Ray is older by that.
  return agoMs(scene.ports.clock, at) > OLDEST_READ_MS ? readTooLate : (lookTooOld(scene, action) ?? observation);
}

async function drain({ ray, clock }: ActPorts, action: Extract<Action, { kind: "drain" }>, signal: AbortSignal): Promise<ActionOutcome> {
  try {
    const outcome = await ray.drainNode(drainRequest(action, clock), signal);
    return { action, outcome };
  } catch (thrown) {
    signal.throwIfAborted();
    return { action, outcome: { kind: "failed", message: thrown instanceof Error ? thrown.message : String(thrown) } };
  }
}

function drainRequest({ nodeId, reason, deadlineMs }: Extract<Action, { kind: "drain" }>, clock: Clock): DrainRequest {
  const base = { nodeId, message: `rayfleet: ${reason.text}` };
  if (reason.code !== "spot-interruption" && reason.code !== "scheduled") return { reason: "idle", ...base };
  // To Ray 0 is no deadline.
  const deadlineEpochMs = deadlineMs === undefined ? 0 : clock.epochMs() + deadlineMs - clock.monotonicMs();
  return { reason: "preemption", ...base, deadlineEpochMs };
}

function sameMachines(state: NodeGroupState, instanceIds: readonly string[]): boolean {
  const now = state.instances.filter((instance) => instance.fillsDesired).map((instance) => instance.instanceId);
  return now.sort().join() === [...instanceIds].join();
}

function skipped(reason: string): Extract<WriteOutcome, { kind: "skipped" }> {
  return { kind: "skipped", reason };
}

const readTooLate = skipped("the group was read too long ago to write a size; decided anew in the next tick");
