import type { BootReporter } from "./bootReporter";
import { type RunningProgram, startProgram } from "./childProcess";
import type { SpotNotice } from "./instanceMetadata";
import { type Clock, type Log, tellingLines } from "./machineAccess";
import { findRaylet, isLiveRaylet, listProcesses, ownedProcesses } from "./rayProcesses";
import type { RayStartCommand } from "./rayStartCommand";
import type { RotatingFile } from "./rotatingFile";
import { type Action, type Observation, type SupervisionPolicy, startSupervision, superviseStep } from "./supervision";

const STEP_SECONDS = 1;
const HEAD_PROBE_SECONDS = 5;
/** A worker that waits for its head should not wait longer than it must. */
const HEAD_ABSENT_PROBE_SECONDS = 1;
const SPOT_POLL_SECONDS = 5;

export interface SupervisorInput {
  readonly policy: SupervisionPolicy;
  readonly command: RayStartCommand;
  /** Instance id; the mark by which Ray's processes of this machine are found. */
  readonly owner: string;
  readonly rayBinDirectory: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly file: RotatingFile;
  readonly reporter: BootReporter;
  readonly headAnswers: () => Promise<boolean>;
  readonly spotNotice: () => Promise<SpotNotice | undefined>;
  readonly endMachine: () => Promise<void>;
}

/** Runs Ray and keeps it right: does what {@link superviseStep} says, and sees for it. */
export class RaySupervisor {
  #ray: RunningProgram | undefined;
  #rayletPid: number | undefined;
  #head: Observation["head"];
  #spotNotice: SpotNotice | undefined;
  #endRequest: Observation["endRequest"] = "none";
  #wake = new AbortController();
  #finished = new AbortController();

  constructor(private readonly input: SupervisorInput) {
    this.#head = input.policy.role === "head" ? "reachable" : "unknown";
  }

  /** Resolves when the machine is to be left: told to stop, and Ray has ended. */
  async run(stop: AbortSignal): Promise<void> {
    const { clock, policy } = this.input;
    stop.addEventListener("abort", () => this.#wake.abort(), { once: true });
    const watchers = policy.role === "worker" ? [this.#watchHead(), this.#watchSpot()] : [];
    let state = startSupervision(clock.monotonicMs());
    while (state.phase.kind !== "exited") {
      this.#wake = new AbortController();
      const step = superviseStep(state, policy, this.#observe(stop.aborted), clock.monotonicMs());
      state = step.state;
      for (const action of step.actions) await this.#perform(action);
      if (state.phase.kind !== "exited") await clock.sleep(STEP_SECONDS, this.#wake.signal);
    }
    this.#finished.abort();
    await Promise.all(watchers);
  }

  #observe(stopRequested: boolean): Observation {
    return {
      ray: this.#observeRay(),
      raylet: this.#seesRaylet(),
      announced: this.#ray?.lastOutput().includes("Ray runtime started") ?? false,
      head: this.#head,
      spotNotice: this.#spotNotice !== undefined,
      stopRequested,
      endRequest: this.#endRequest,
    };
  }

  #observeRay(): Observation["ray"] {
    if (this.#ray === undefined) return { kind: "none" };
    const how = this.#ray.ended();
    return how === undefined
      ? { kind: "alive" }
      : { kind: "ended", how: `ray start ${how}: ${this.#withoutSecrets(tellingLines(this.#ray.lastOutput(), 4))}` };
  }

  /** The reason goes into the boot report and the console. */
  #withoutSecrets(text: string): string {
    return Object.entries(this.input.command.secretParams).reduce((left, [name, value]) => left.replaceAll(value, `[${name}]`), text);
  }

  /** Looking through all processes is for the first time only; afterwards one file says whether it still lives. */
  #seesRaylet(): boolean {
    if (this.#ray === undefined) return false;
    if (this.#rayletPid !== undefined) return isLiveRaylet(this.#rayletPid);
    this.#rayletPid = findRaylet(ownedProcesses(listProcesses(), this.input.owner))?.pid;
    return this.#rayletPid !== undefined;
  }

  async #perform(action: Action): Promise<void> {
    const { log, reporter } = this.input;
    switch (action.kind) {
      case "start-ray":
        return this.#startRay();
      case "stop-ray":
        return this.#ray?.signal("SIGTERM");
      case "clear-ray":
        return this.#clearRay();
      case "report":
        reporter.enter(action.stage);
        return;
      case "fail":
        reporter.fail(action.reason);
        return;
      case "say":
        log(action.event, { reason: action.reason });
        return;
      case "end-machine":
        return this.#endMachine(action.reason);
      case "exit":
        return reporter.flush();
    }
  }

  #startRay(): void {
    const { command, rayBinDirectory, file, log } = this.input;
    log("ray-start", { argv: command.argv });
    this.#rayletPid = undefined;
    const secrets = Object.entries(command.secretParams).map(([name, value]) => `--${name}=${value}`);
    const program = startProgram({
      argv: [...command.argv, ...secrets],
      environment: { ...process.env, ...command.environment, PATH: `${rayBinDirectory}:${process.env["PATH"] ?? "/usr/bin:/bin"}` },
      log: file,
      onEnd: () => {
        if (this.#ray === program) this.#wake.abort();
      },
    });
    this.#ray = program;
  }

  /** Left-overs would make `ray start` refuse, or hold memory and GPUs. Twice, because a process may have started another meanwhile. */
  async #clearRay(): Promise<void> {
    this.#ray?.kill();
    this.#ray = undefined;
    this.#rayletPid = undefined;
    for (let round = 0; round < 2; round += 1) {
      const left = ownedProcesses(listProcesses(), this.input.owner);
      if (left.length === 0) return;
      this.input.log("ray-left-overs", { names: left.map((process) => process.name) });
      for (const { pid } of left) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // Gone by itself.
        }
      }
      await this.input.clock.sleep(0.2, new AbortController().signal);
    }
  }

  /** Not awaited by the steps: a slow answer must not keep the service from being stopped. */
  #endMachine(reason: string): void {
    this.#endRequest = "pending";
    this.input.log("ending-machine", { reason });
    this.input.endMachine().then(
      () => {
        this.#endRequest = "accepted";
      },
      (error: unknown) => {
        this.#endRequest = "refused";
        this.input.log("ending-machine-refused", { error: error instanceof Error ? error.message : String(error) });
      },
    );
  }

  async #watchHead(): Promise<void> {
    const { clock, log, headAnswers } = this.input;
    while (!this.#finished.signal.aborted) {
      const head = (await headAnswers()) ? "reachable" : "unreachable";
      if (head !== this.#head) {
        log("head", { is: head });
        this.#head = head;
        this.#wake.abort();
      }
      await clock.sleep(head === "reachable" ? HEAD_PROBE_SECONDS : HEAD_ABSENT_PROBE_SECONDS, this.#finished.signal);
    }
  }

  async #watchSpot(): Promise<void> {
    const { clock, log, spotNotice } = this.input;
    let lastProblem = "";
    while (!this.#finished.signal.aborted && this.#spotNotice === undefined) {
      try {
        this.#spotNotice = await spotNotice();
        if (this.#spotNotice !== undefined) {
          log("spot-notice", { action: this.#spotNotice.action, at: this.#spotNotice.time });
          this.#wake.abort();
        }
        lastProblem = "";
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        if (problem !== lastProblem) log("spot-notice-unknown", { error: problem });
        lastProblem = problem;
      }
      await clock.sleep(SPOT_POLL_SECONDS, this.#finished.signal);
    }
  }
}
