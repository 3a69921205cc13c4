import { join } from "node:path";
import { agentEnvironmentNames } from "../contract/agentEnvironment";
import type { MachineConfig } from "../contract/machineConfig";
import { RECORD_FOLDER_NAME } from "../contract/recordLine";
import { type RunningProgram, startProgram } from "./childProcess";
import { type Clock, type Log, lastLines } from "./machineAccess";
import type { RotatingFile } from "./rotatingFile";

const MAX_BACK_OFF_SECONDS = 30;
/** An agent that ran for so long was well; the next wait is the first again. */
const WELL_AFTER_SECONDS = 60;
const STOP_GRACE_SECONDS = 5;

/**
 * The agent's program and what it is started with. It does little, every two seconds, on a machine that others need, so that memory matters more than speed: what it takes
 * either way is in docs/reliability.md.
 */
export function agentProgram(bundleDirectory: string): { argv: readonly string[]; environment: Readonly<Record<string, string>> } {
  return {
    // Young objects are looked through in 2 MiB, not 16: nothing that a tick makes outlives it. The heap as a whole has no bound but Node's own.
    argv: [process.execPath, "--max-semi-space-size=2", join(bundleDirectory, "agent.js")],
    // The C library gives back at once what V8's compiler took in larger pieces, and keeps no reserve of its own for each thread.
    environment: { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "16384" },
  };
}

/** Seconds to wait before the agent is started again: 1, 2, 4, … 30. `failures` in a row, 1 or more. */
export function agentBackOffSeconds(failures: number): number {
  return Math.min(2 ** (failures - 1), MAX_BACK_OFF_SECONDS);
}

/** How the agent is told who it is; undefined when the machine has no agent. */
export function agentEnvironment(input: {
  config: MachineConfig;
  region: string;
  tokenFile: string;
  /** The agent keeps its records in a folder below it. */
  logFolder: string;
}): Record<string, string> | undefined {
  const { config } = input;
  if (config.agentConfigParameter === undefined) return undefined;
  return {
    [agentEnvironmentNames.configParameter]: config.agentConfigParameter,
    [agentEnvironmentNames.region]: input.region,
    [agentEnvironmentNames.gcsAddress]: `${config.headAddress}:${config.ports.gcs}`,
    [agentEnvironmentNames.tokenPath]: input.tokenFile,
    [agentEnvironmentNames.recordFolder]: join(input.logFolder, RECORD_FOLDER_NAME),
  };
}

/** Keeps the agent running beside Ray on the head until the service stops. It keeps all its state in the cloud, so that a restart costs nothing. */
export class AgentProcess {
  #program: RunningProgram | undefined;

  constructor(
    private readonly access: { readonly clock: Clock; readonly log: Log; readonly file: RotatingFile },
    private readonly bundleDirectory: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** Resolves when `stop` is aborted and the agent has ended. */
  async run(stop: AbortSignal): Promise<void> {
    const { clock, log } = this.access;
    for (let failures = 0; !stop.aborted; ) {
      const beganMs = clock.monotonicMs();
      const how = await this.#once(stop);
      if (stop.aborted) return;
      const ranSeconds = (clock.monotonicMs() - beganMs) / 1000;
      failures = ranSeconds >= WELL_AFTER_SECONDS ? 1 : failures + 1;
      const waitSeconds = agentBackOffSeconds(failures);
      log("agent-restart", { reason: how, output: lastLines(this.#program?.lastOutput() ?? "", 4), waitSeconds });
      await clock.sleep(waitSeconds, stop);
    }
  }

  async #once(stop: AbortSignal): Promise<string> {
    const { clock, log, file } = this.access;
    const ended = new AbortController();
    const { argv, environment } = agentProgram(this.bundleDirectory);
    const program = startProgram({
      argv,
      environment: { ...process.env, ...environment, ...this.environment },
      log: file,
      onEnd: () => ended.abort(),
    });
    this.#program = program;
    log("agent-started", { pid: program.pid });
    await untilAborted(AbortSignal.any([ended.signal, stop]));
    if (program.ended() === undefined) {
      program.signal("SIGTERM");
      await clock.sleep(STOP_GRACE_SECONDS, ended.signal);
      program.kill();
    }
    return program.ended() ?? "was stopped";
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
