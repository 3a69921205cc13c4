import fc from "fast-check";
import type { NoticeKind } from "../../autoscaler-agent/decide/tick/machineNotices";
import { agentConfig, agentGroup } from "./agentBuilders";
import { AgentSimulation, type SimulationOptions, type Stillness } from "./agentSimulation";
import { awsOverMemory } from "./awsOverMemory";

const unreachable = { code: "unreachable", message: "TimeoutError" } as const;

/** Two groups, one with a minimum, under limits that bind. */
export function twoGroups(options: Omit<SimulationOptions, "config"> = {}): AgentSimulation {
  const groups = [
    agentGroup({ minReplicas: 1, bootDeadlineSeconds: 120 }),
    agentGroup({ groupName: "gpu", resources: { CPU: 8, GPU: 1 }, pricePerHourUsd: 1, maxReplicas: 4, bootDeadlineSeconds: 120 }),
  ];
  return new AgentSimulation({ config: agentConfig({ groups, limits: { upscalingSpeed: 1, maxReplicas: 10 } }), ...options });
}

/** One thing that happens. */
export type ClusterEvent =
  | { kind: "ticks"; count: number }
  | { kind: "tasks"; count: number; seconds: number; gpu: boolean }
  | { kind: "gang"; count: number; spread: boolean }
  | { kind: "request"; count: number }
  | { kind: "ray"; state: string }
  | { kind: "cloud"; call: string; code: string }
  | { kind: "lost-reply"; call: string }
  | { kind: "old-answers"; seconds: number }
  | { kind: "slow"; seconds: number }
  | { kind: "capacity"; group: string; count: number | undefined }
  | { kind: "kill"; calls: number }
  | { kind: "hand"; group: string; desired: number }
  | { kind: "lose"; pick: number; how: string }
  | { kind: "notice"; pick: number; of: NoticeKind; seconds: number }
  | { kind: "never-join"; on: boolean }
  | { kind: "clock"; seconds: number }
  | { kind: "skew"; seconds: number }
  | { kind: "freeze"; calls: number; seconds: number; how: Stillness }
  | { kind: "pause"; on: boolean }
  | { kind: "lose-many"; share: number };

/** Anything that may happen to a cluster: work, time, and faults, with how often each is drawn. */
const anyEvent: fc.Arbitrary<ClusterEvent> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("ticks" as const), count: fc.integer({ min: 1, max: 40 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("tasks" as const),
      count: fc.integer({ min: 1, max: 8 }),
      seconds: fc.integer({ min: 1, max: 100 }),
      gpu: fc.boolean(),
    }),
  },
  {
    arbitrary: fc.record({ kind: fc.constant("gang" as const), count: fc.integer({ min: 1, max: 3 }), spread: fc.boolean() }),
    weight: 1,
  },
  { arbitrary: fc.record({ kind: fc.constant("request" as const), count: fc.integer({ min: 0, max: 8 }) }), weight: 1 },
  {
    arbitrary: fc.record({ kind: fc.constant("ray" as const), state: fc.constantFrom("away", "empty", "well", "restart") }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("cloud" as const),
      call: fc.constantFrom("describe", "setDesired", "terminate", "launchTimes", "none"),
      code: fc.constantFrom("unreachable", "throttled", "unknown"),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("capacity" as const),
      group: fc.constantFrom("cpu", "gpu"),
      count: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("lost-reply" as const),
      call: fc.constantFrom("setDesired", "terminate", "drainNode", "none"),
    }),
    weight: 1,
  },
  { arbitrary: fc.record({ kind: fc.constant("old-answers" as const), seconds: fc.constantFrom(0, 10, 60) }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("slow" as const), seconds: fc.constantFrom(0, 0.5, 3) }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("kill" as const), calls: fc.integer({ min: 1, max: 30 }) }), weight: 2 },
  {
    arbitrary: fc.record({
      kind: fc.constant("hand" as const),
      group: fc.constantFrom("cpu", "gpu"),
      desired: fc.integer({ min: 0, max: 3 }),
    }),
    weight: 1,
  },
  {
    arbitrary: fc.record({ kind: fc.constant("lose" as const), pick: fc.nat(20), how: fc.constantFrom("machine", "node") }),
    weight: 1,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant("notice" as const),
      pick: fc.nat(20),
      of: fc.constantFrom<NoticeKind[]>("spot-interruption", "scheduled", "rebalance"),
      seconds: fc.constantFrom(30, 120, 900, 1_000_000),
    }),
    weight: 1,
  },
  { arbitrary: fc.record({ kind: fc.constant("never-join" as const), on: fc.boolean() }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("clock" as const), seconds: fc.integer({ min: -4000, max: 4000 }) }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("skew" as const), seconds: fc.integer({ min: -4000, max: 4000 }) }), weight: 1 },
  {
    arbitrary: fc.record({
      kind: fc.constant("freeze" as const),
      calls: fc.integer({ min: 1, max: 30 }),
      seconds: fc.integer({ min: 3, max: 7200 }),
      how: fc.constantFrom<Stillness>("stopped", "suspended"),
    }),
    weight: 1,
  },
  { arbitrary: fc.record({ kind: fc.constant("pause" as const), on: fc.boolean() }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("lose-many" as const), share: fc.constantFrom(0.4, 0.6, 1) }), weight: 1 },
);

/** A day of such things. */
export const anyFaultyDay = fc.array(anyEvent, { minLength: 1, maxLength: 25 });

/** A day, what stands between the agent and the cloud, and in which order calls that are under way at once take effect; absent: as they were made. */
export interface RandomRun {
  readonly events: readonly ClusterEvent[];
  readonly isAws: boolean;
  readonly order?: fc.Scheduler | undefined;
}

/** Any of these. */
export const anyRandomRun: fc.Arbitrary<RandomRun> = fc.record({
  events: anyFaultyDay,
  isAws: fc.boolean(),
  order: fc.option(fc.scheduler(), { nil: undefined, freq: 2 }),
});

/** Lives through a run as {@link liveThroughIn} does. */
export async function liveThrough({ events, isAws, order }: RandomRun): Promise<void> {
  const simulation = twoGroups(isAws ? { backend: (cloud, clock, fault) => awsOverMemory(cloud, clock, { fault }) } : {});
  if (order === undefined) return await liveThroughIn(simulation, events);
  simulation.turn = async (call) => await order.schedule(Promise.resolve(), call);
  await order.waitFor(liveThroughIn(simulation, events));
}

/**
 * Lives through the day, mends everything, and waits for rest: work runs and ends, only the minimum is left, and nothing more is written.
 *
 * @throws when a safety rule was broken, at whatever tick, or when rest does not come
 */
export async function liveThroughIn(simulation: AgentSimulation, events: readonly ClusterEvent[]): Promise<void> {
  for (const one of events) await happen(simulation, one);
  await happen(simulation, { kind: "ray", state: "well" });
  await happen(simulation, { kind: "cloud", call: "none", code: "unknown" });
  await happen(simulation, { kind: "lost-reply", call: "none" });
  await happen(simulation, { kind: "old-answers", seconds: 0 });
  await happen(simulation, { kind: "slow", seconds: 0 });
  await happen(simulation, { kind: "never-join", on: false });
  await happen(simulation, { kind: "request", count: 0 });
  await happen(simulation, { kind: "pause", on: false });
  simulation.notices.length = 0;
  simulation.group("cpu").capacity = undefined;
  simulation.group("gpu").capacity = undefined;
  await simulation.until("work runs and ends", () => simulation.ray.waitingCount === 0, 3000);
  await simulation.until("only the minimum is left", () => atMinimum(simulation), 3000);
  const writes = simulation.writes.length;
  await simulation.ticks(50);
  if (simulation.writes.length !== writes) throw new Error(`writes at rest: ${simulation.writes.slice(writes).join("; ")}`);
}

/** The cluster at rest. */
export function atMinimum(simulation: AgentSimulation): boolean {
  const cpu = simulation.group("cpu");
  const gpu = simulation.group("gpu");
  // A size that somebody set below what runs stays: the machine is there, so there is nothing to write.
  return (
    cpu.desired <= 1 && cpu.instances.length === 1 && gpu.desired === 0 && gpu.instances.length === 0 && simulation.ray.aliveCount() === 1
  );
}

async function happen(simulation: AgentSimulation, event: ClusterEvent): Promise<void> {
  switch (event.kind) {
    case "ticks":
      return await simulation.ticks(event.count);
    case "tasks":
      return simulation.ray.submit(event.gpu ? { GPU: 1 } : { CPU: 2 }, event.count, event.seconds);
    case "gang":
      return simulation.ray.submitGang({ shape: { CPU: 2 }, count: event.count, spread: event.spread, seconds: 30 });
    case "request":
      simulation.ray.requested = event.count === 0 ? [] : [{ shape: { CPU: 1 }, count: event.count }];
      return;
    case "ray":
      simulation.ray.unreachable = event.state === "away";
      simulation.ray.listsNothing = event.state === "empty";
      return event.state === "restart" ? simulation.ray.restartHead() : undefined;
    case "cloud":
      simulation.cloudFault = (call) => (call === event.call ? { ...unreachable, code: event.code as "unreachable" } : undefined);
      return;
    case "lost-reply":
      simulation.cloudReplyFault = (call) => (call === event.call ? unreachable : undefined);
      simulation.ray.losesReplies = event.call === "drainNode";
      return;
    case "old-answers":
      simulation.ray.lagSeconds = event.seconds;
      return;
    case "slow":
      simulation.onCall = () => simulation.clock.advance(event.seconds);
      return;
    case "capacity":
      simulation.group(event.group).capacity = event.count;
      return;
    case "kill":
      return simulation.killAfterCall(simulation.callCount + event.calls);
    case "hand":
      simulation.cloud.setDesired(`demo-${event.group}`, event.desired);
      return;
    case "lose":
      return lose(simulation, event);
    case "notice":
      return announce(simulation, event);
    case "never-join":
      simulation.ray.neverJoin = () => event.on;
      return;
    case "clock":
      return simulation.clock.jumpWallClock(event.seconds);
    case "skew":
      simulation.cloudClockSeconds = event.seconds;
      return;
    case "freeze":
      return simulation.freezeAfterCall(simulation.callCount + event.calls, { ...event, meanwhile: () => undefined });
    case "pause":
      simulation.pause = event.on ? { reason: "a drill" } : undefined;
      return;
    case "lose-many":
      return loseMany(simulation, event.share);
  }
}

/** The nodes of so large a share of the machines die at once, as when the network parts. */
function loseMany(simulation: AgentSimulation, share: number): void {
  const running = simulation.cloud.runningInstances();
  for (const { instanceId } of running.slice(0, Math.ceil(running.length * share))) simulation.ray.crashNode(instanceId);
}

/** The machine is lost only when the day loses it: a notice may come to nothing. */
function announce(simulation: AgentSimulation, { pick, of, seconds }: Extract<ClusterEvent, { kind: "notice" }>): void {
  const running = simulation.cloud.runningInstances();
  const one = running[pick % Math.max(1, running.length)];
  if (one !== undefined) simulation.announce(one.instanceId, of, of === "rebalance" ? undefined : seconds);
}

function lose(simulation: AgentSimulation, { pick, how }: { pick: number; how: string }): void {
  const running = simulation.cloud.runningInstances();
  const one = running[pick % Math.max(1, running.length)];
  if (one !== undefined && how === "machine") {
    simulation.cloud.loseInstance(one.instanceId);
  } else if (one !== undefined) {
    simulation.ray.crashNode(one.instanceId);
  }
}
