import type { AgentConfig } from "../contract/agentConfig";
import type { DecisionReply, DecisionRequest } from "../contract/decision";
import { pauseText } from "../contract/pause";
import { act } from "./act";
import type { Action } from "./decide/tick/actions";
import type { Hold } from "./decide/tick/assess";
import { believedBreaker } from "./decide/tick/breaker";
import { decideTick } from "./decide/tick/decideTick";
import { emptyMemory, type Memory } from "./decide/tick/memory";
import type { Observation } from "./decide/tick/observation";
import { type ActionOutcome, afterActions } from "./decide/tick/outcomes";
import { type Moment, momentOf } from "./moment";
import { dryRunBackend } from "./nodeGroups/dryRun";
import { type ObservePorts, Observer } from "./observe";
import { nextPace, type Pace, unhurried } from "./pace";
import type { KillSwitch } from "./pauseSource";
import { dryRunRay } from "./ray/rayControl";
import type { TickRecord } from "./tickRecord";

/** Everything outside that the loop touches. */
export interface LoopPorts extends ObservePorts {
  /** The kill switch, which stops all writes while it is set. */
  readonly killSwitch: (clusterName: string, signal: AbortSignal) => Promise<KillSwitch>;
  /** The pure chooser. */
  readonly decide: (request: DecisionRequest) => DecisionReply;
  /** 0 to 1, for the spread of waits. */
  readonly random: () => number;
}

/** Who is told after each tick. A reporter that fails disturbs nobody: it must not throw, and it has deadlines of its own. */
export type Reporter = (record: TickRecord, signal: AbortSignal) => Promise<void>;

/** The agent's loop: observe, decide, act. Holds only what {@link Memory} holds, and all of that can be learned again. */
export class AgentLoop {
  readonly #ports: LoopPorts;
  readonly #observer: Observer;
  #memory: Memory;
  #pace: Pace = unhurried;
  #ticks = 0;
  #wasPaused = false;

  constructor(ports: LoopPorts) {
    this.#ports = ports;
    this.#observer = new Observer(ports);
    this.#memory = emptyMemory(ports.clock.monotonicMs());
  }

  /** One tick with this configuration. Throws only the signal's reason. */
  async tick(config: AgentConfig, signal: AbortSignal): Promise<TickRecord> {
    const { clock } = this.#ports;
    const begun = momentOf(clock);
    const { monotonicMs: startedMs, epochMs } = begun;
    const mayCall = startedMs >= this.#pace.notBeforeMs;
    const [observed, killSwitch] = await Promise.all([
      this.#observer.observe({ config, memory: this.#memory, cloudMayBeCalled: mayCall }, signal),
      this.#ports.killSwitch(config.clusterName, signal),
    ]);
    const { observation, asked } = await this.#observer.lookAgain(observed, begun, signal);
    const memoryBefore = this.#afterPause(killSwitch.pause !== undefined);
    const { assessment, reply, holds, actions } = decideTick({ observation, memory: memoryBefore, config }, this.#ports.decide);
    this.#memory = assessment.memory;
    const outcomes = await this.#act({ actions, config, paused: killSwitch.pause !== undefined, asked }, signal);
    const nowMs = clock.monotonicMs();
    this.#memory = afterActions(this.#memory, outcomes, { nowMs: observation.nowMs, groups: assessment.groups });
    // A tick without a call says nothing about the cloud, however long it took.
    if (mayCall) this.#pace = nextPace(this.#pace, { throttled: isThrottled(observation, outcomes), nowMs, random: this.#ports.random() });
    this.#ticks += 1;
    return {
      number: this.#ticks,
      epochMs,
      durationMs: nowMs - startedMs,
      config,
      observation,
      memoryBefore,
      assessment,
      ...(reply === undefined ? {} : { reply }),
      holds: [...killSwitchHolds(killSwitch), ...holds],
      actions,
      outcomes,
    };
  }

  /**
   * Ticks until the signal says stop. A tick that takes longer than its time swallows the next ones: they are skipped, never queued.
   *
   * @param nextConfig called before each tick; undefined: there is no usable configuration yet.
   */
  async run(nextConfig: (signal: AbortSignal) => Promise<AgentConfig | undefined>, report: Reporter, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    let dueMs = clock.monotonicMs();
    while (!signal.aborted) {
      const config = await unlessStopped(nextConfig(signal), signal);
      const periodMs = (config?.tickSeconds ?? 2) * 1000;
      const record = config === undefined ? undefined : await unlessStopped(this.tick(config, signal), signal);
      if (record !== undefined) {
        await unlessStopped(report(record, signal), signal);
      }
      const nowMs = clock.monotonicMs();
      dueMs += periodMs * Math.max(1, Math.ceil((nowMs - dueMs) / periodMs));
      await clock.sleep(dueMs - nowMs, signal);
    }
  }

  /** Whoever resumes the agent has looked: what the breaker held back is believed then. */
  #afterPause(isPaused: boolean): Memory {
    const resumed = this.#wasPaused && !isPaused;
    this.#wasPaused = isPaused;
    const breaker = resumed ? believedBreaker(this.#memory.breaker) : undefined;
    return breaker === undefined ? this.#memory : { ...this.#memory, breaker };
  }

  async #act(
    read: { actions: readonly Action[]; config: AgentConfig; paused: boolean; asked: Moment },
    signal: AbortSignal,
  ): Promise<readonly ActionOutcome[]> {
    const { actions, config, paused, asked } = read;
    const { clock, ray, backend } = this.#ports;
    const why = paused ? "paused" : config.dryRun ? "dry run" : undefined;
    const ports = why === undefined ? { clock, ray, backend } : { clock, ray: dryRunRay(ray, why), backend: dryRunBackend(backend, why) };
    return await act(ports, { actions, config, asked }, signal);
  }
}

function killSwitchHolds({ pause, problem }: KillSwitch): readonly Hold[] {
  const was = pause === undefined ? "nothing is held back by it" : "the pause stays";
  return [
    ...(pause === undefined ? [] : [{ code: "paused", text: pauseText(pause) } as const]),
    ...(problem === undefined ? [] : [{ code: "pause-unknown", text: `the kill switch cannot be read: ${problem}; ${was}` } as const]),
  ];
}

/** The promise's value, or undefined when it ended because the agent stops. */
async function unlessStopped<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await promise;
  } catch (thrown) {
    if (signal.aborted) {
      return undefined;
    }
    throw thrown;
  }
}

function isThrottled(observation: Observation, outcomes: readonly ActionOutcome[]): boolean {
  const reads = [...observation.groups.values()].some((group) => group.kind === "unknown" && group.error.code === "throttled");
  return reads || outcomes.some(({ outcome }) => outcome.kind === "failed" && "error" in outcome && outcome.error.code === "throttled");
}
