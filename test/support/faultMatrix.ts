import { InMemoryBackend, type InMemoryGroupOptions } from "../../autoscaler-agent/nodeGroups/inMemory";
import type { AgentGroup } from "../../contract/agentConfig";
import { agentConfig, agentGroup } from "./agentBuilders";
import { AgentSimulation, type SimulationOptions } from "./agentSimulation";
import { awsOverMemory } from "./awsOverMemory";
import { type ActiveFault, type FaultName, faultClasses, faultNames } from "./faultClasses";
import { atMinimum } from "./faultyDays";
import { kubeRayOverMemory } from "./kubeRayOverMemory";
import { type RuleName, ruleNames } from "./ruleLedger";

/** When the first fault begins, in ticks from the arrival of the work: as it arrives, while it runs, when its nodes are about to be let go. */
const moments = { arrival: 0, running: 18, ending: 55 } as const;
/** A moment's name. */
export type Moment = keyof typeof moments;

/** All of them, in their order. */
const momentNames = Object.keys(moments) as readonly Moment[];

/** What stands between the agent and the in-memory cloud, and how that differs from an Auto Scaling group. */
interface BackendUnderTest {
  readonly over: NonNullable<SimulationOptions["backend"]>;
  readonly groups?: Pick<AgentGroup, "backend">;
  readonly cloud?: Partial<InMemoryGroupOptions>;
}

const rayCluster = { backend: { kind: "kuberay-worker-group", namespace: "ray", rayClusterName: "demo" } } as const;

/** The cloud's own backend, or that of a real cloud in front of it. Another cloud's backend is one line more. */
const backends = {
  memory: { over: (cloud, _clock, fault) => new InMemoryBackend(cloud, fault) },
  aws: { over: (cloud, clock, fault) => awsOverMemory(cloud, clock, { fault }) },
  kuberay: { over: kubeRayOverMemory, groups: rayCluster, cloud: { protectNewInstances: false } },
} as const satisfies Record<string, BackendUnderTest>;
/** A backend's name. */
type BackendName = keyof typeof backends;

const backendNames = Object.keys(backends) as readonly BackendName[];

/** One cell of the matrix. */
export interface Trial {
  /** One, or a pair of which the second begins a little later. */
  readonly faults: readonly FaultName[];
  readonly moment: Moment;
  readonly backend: BackendName;
}

const LASTS_TICKS = 40;
const SECOND_LATER_TICKS = 4;
/** The agent is older than a minute by then. */
const WARM_UP_TICKS = 35;
/** For work to run, and then for machines to go: 40 minutes. A group whose machines never joined is tried again after 15. */
const BOUNDED_TICKS = 1200;
const REST_TICKS = 30;

/** What a trial is made of beside its faults. */
export interface TrialOptions extends Omit<SimulationOptions, "config"> {
  /** Ticks after which L1 is broken. */
  readonly boundedTicks?: number;
}

/** What a trial asserted, and when. */
export interface TrialResult {
  readonly simulation: AgentSimulation;
  /** Rules that were asserted while a fault lasted. */
  readonly during: ReadonlySet<RuleName>;
}

/** Two groups, one with a minimum and two zones, under limits that bind. */
function matrixSimulation(backend: BackendName, options: Omit<SimulationOptions, "config">): AgentSimulation {
  const { over, groups: place, cloud }: BackendUnderTest = backends[backend];
  const groups = [
    agentGroup({ minReplicas: 1, maxReplicas: 8, bootDeadlineSeconds: 120, ...place }),
    agentGroup({ groupName: "gpu", resources: { CPU: 8, GPU: 1 }, pricePerHourUsd: 1, maxReplicas: 4, bootDeadlineSeconds: 120, ...place }),
  ];
  return new AgentSimulation({
    config: agentConfig({ groups, limits: { upscalingSpeed: 1, maxReplicas: 10 } }),
    cloud: { cpu: { zones: ["memory-1a", "memory-1b"], ...cloud }, gpu: { ...cloud } },
    backend: over,
    ...options,
  });
}

/** One pair in so many is tried over AWS in each run of the tests as well, and half as many over KubeRay. */
const EACH_RUN = 6;

/** A fault alone, as in each run of the tests: at every moment over memory and AWS, and at one of them over KubeRay. */
export function trialsAlone(fault: FaultName): readonly Trial[] {
  const turn = momentNames[faultNames.indexOf(fault) % momentNames.length];
  return backendNames.flatMap((backend) =>
    momentNames.filter((moment) => backend !== "kuberay" || moment === turn).map((moment) => ({ faults: [fault], moment, backend })),
  );
}

/**
 * All pairs of faults. `each run`: each pair once over memory, at one of the three moments in turn, a sixth of them also over AWS and a twelfth over KubeRay, while the
 * work runs. `all`: in both orders, at all moments, over all of them.
 */
export function trialsOfPairs(which: "each run" | "all"): readonly Trial[] {
  return faultNames.flatMap((first, index) =>
    faultNames.slice(index + 1).flatMap((second, offset): Trial[] => {
      const [there, back] = [
        [first, second],
        [second, first],
      ] as const;
      const number = index + offset;
      const moment = momentNames[number % momentNames.length] ?? "arrival";
      if (which === "each run") {
        const overMemory: Trial = { faults: there, moment, backend: "memory" };
        const over = (backend: BackendName, every: number): Trial[] =>
          number % every === 0 ? [{ faults: there, moment: "running", backend }] : [];
        return [overMemory, ...over("aws", EACH_RUN), ...over("kuberay", 2 * EACH_RUN)];
      }
      return backendNames.flatMap((backend) =>
        momentNames.flatMap((one) => [there, back].map((faults) => ({ faults, moment: one, backend }))),
      );
    }),
  );
}

/** What a trial is called in the output, and in a named regression. */
export function trialName({ faults, moment, backend }: Trial): string {
  return `${faults.join(" × ")} at ${moment}, ${backend}`;
}

/**
 * Work arrives, runs and ends; the faults come, overlap and go; more work comes, and the cluster comes to rest.
 *
 * @throws when a rule is broken, at whatever tick; L1 at the end.
 */
export async function liveThroughTrial(
  trial: Trial,
  { boundedTicks = BOUNDED_TICKS, ...options }: TrialOptions = {},
): Promise<TrialResult> {
  const simulation = matrixSimulation(trial.backend, options);
  await simulation.ticks(WARM_UP_TICKS);
  submitWork(simulation);
  await simulation.ticks(moments[trial.moment]);
  const before = ruleNames.map((rule) => simulation.rules.count(rule));
  await suffer(simulation, trial.faults);
  const during = new Set(ruleNames.filter((rule, index) => simulation.rules.count(rule) > (before[index] ?? 0)));
  await comeToRest(simulation, boundedTicks);
  return { simulation, during };
}

/** The faults come one after the other, overlap, and go. */
async function suffer(simulation: AgentSimulation, faults: readonly FaultName[]): Promise<void> {
  const active = new Map<FaultName, ActiveFault>();
  simulation.onCall = (call) => {
    for (const fault of active.values()) fault.onCall?.(call);
  };
  simulation.cloudFault = (call, group) => firstOf(active, (fault) => fault.cloud?.(call, group));
  simulation.cloudReplyFault = (call) => firstOf(active, (fault) => fault.reply?.(call));
  const begins = faults.map((name, index) => ({ name, atTick: index * SECOND_LATER_TICKS }));
  for (let tick = 0; tick < LASTS_TICKS + (begins.at(-1)?.atTick ?? 0); tick += 1) {
    for (const { name, atTick } of begins) {
      if (tick === atTick) active.set(name, faultClasses[name].begin(simulation));
      if (tick === atTick + LASTS_TICKS) end(active, name);
      active.get(name)?.eachTick?.(tick - atTick);
    }
    await simulation.tick();
  }
  for (const name of [...active.keys()]) end(active, name);
}

function end(active: Map<FaultName, ActiveFault>, name: FaultName): void {
  active.get(name)?.end?.();
  active.delete(name);
}

function firstOf<T>(active: ReadonlyMap<FaultName, ActiveFault>, read: (fault: ActiveFault) => T | undefined): T | undefined {
  for (const fault of active.values()) {
    const found = read(fault);
    if (found !== undefined) return found;
  }
  return undefined;
}

function submitWork({ ray }: AgentSimulation): void {
  ray.submit({ CPU: 4 }, 3, 40);
  ray.submit({ GPU: 1 }, 1, 40);
  ray.submitGang({ shape: { CPU: 2 }, count: 2, spread: true, seconds: 40 });
}

/** L1: demand that stays is served, what is idle goes, and then nothing is written. */
async function comeToRest(simulation: AgentSimulation, boundedTicks: number): Promise<void> {
  submitWork(simulation);
  await demandSoon(simulation, { what: "all work runs", holds: () => simulation.ray.waitingCount === 0, boundedTicks });
  await demandSoon(simulation, { what: "only the minimum is left", holds: () => atMinimum(simulation), boundedTicks });
  const writes = simulation.writes.length;
  await simulation.ticks(REST_TICKS);
  demandL1(simulation, simulation.writes.length === writes, `writes at rest: ${simulation.writes.slice(writes).join("; ")}`);
}

async function demandSoon(
  simulation: AgentSimulation,
  { what, holds, boundedTicks }: { what: string; holds: () => boolean; boundedTicks: number },
): Promise<void> {
  for (let tick = 0; tick < boundedTicks && !holds(); tick += 1) await simulation.tick();
  const held = simulation.records.at(-1)?.holds.map(({ text }) => text);
  const last = simulation.writes.slice(-5).join("; ");
  demandL1(simulation, holds(), `not within ${boundedTicks} ticks: ${what}; held by ${JSON.stringify(held)}; ${last}`);
}

function demandL1({ rules }: AgentSimulation, holds: boolean, what: string): void {
  rules.demand("L1", holds, what);
  if (rules.broken.length > 0) throw new Error(rules.broken.join("\n"));
}
