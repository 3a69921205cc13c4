import type { Conditions, Replay } from "../../cli/simulate/replay";
import type { Setup, SimulatedGroup } from "../../cli/simulate/setup";
import { rayfleetStrategy } from "../../cli/simulate/strategies/rayfleet";
import type { Trace, TraceJob } from "../../cli/simulate/trace";
import { aGroup } from "./decisionBuilders";

/** One task of one CPU that takes a minute, at the start. */
export function aJob(over: Partial<TraceJob> = {}): TraceJob {
  return { arrivalSeconds: 0, durationSeconds: 60, count: 1, shape: { CPU: 1 }, isGang: false, ...over };
}

export function aTrace(...jobs: readonly Partial<TraceJob>[]): Trace {
  return { name: "test", jobs: jobs.map(aJob).sort((one, other) => one.arrivalSeconds - other.arrivalSeconds) };
}

/** The 4-CPU group, 100 s to boot. */
export function aSimulatedGroup(over: Partial<SimulatedGroup> = {}): SimulatedGroup {
  return { group: aGroup(), bootSeconds: 100, spot: false, ...over };
}

/** One group of 4-CPU nodes; idle ones go after 60 s. */
export function aSetup(over: Partial<Setup> = {}): Setup {
  return { name: "test", groups: [aSimulatedGroup()], limits: {}, idleTimeoutSeconds: 60, ...over };
}

/** Nothing goes wrong; a decision every 5 s. */
export function someConditions(over: Partial<Conditions> = {}): Conditions {
  return { tickSeconds: 5, seed: 1, placement: "hybrid", spotLossesPerHour: 0, outages: new Map(), ...over };
}

/** One task on one group. */
export function aReplay(over: Partial<Replay> = {}): Replay {
  const { setup = aSetup() } = over;
  return { trace: aTrace({}), setup, strategy: rayfleetStrategy(setup.groups), conditions: someConditions(), ...over };
}
