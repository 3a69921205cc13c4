import { type ChildProcess, spawn } from "node:child_process";
import { killGroup } from "./realMachine";
import type { RotatingFile } from "./rotatingFile";

const KEPT_OUTPUT = 16_000;

/** A long-running program in a session of its own, its output in a log file. */
export interface RunningProgram {
  readonly pid: number | undefined;
  /** Undefined while it runs; afterwards `ended with code 1` or the like. */
  ended(): string | undefined;
  /** The end of what it printed. */
  lastOutput(): string;
  signal(signal: NodeJS.Signals): void;
  /** Kills it and everything in its group. */
  kill(): void;
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `ended with code ${code ?? "unknown"}` : `was ended by ${signal}`;
}

/**
 * Starts a program. Its own session, because Ray's reaper ends its whole process group when its parent dies, and that must not be ours.
 */
export function startProgram(input: {
  argv: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  log: RotatingFile;
  onEnd: () => void;
}): RunningProgram {
  const [program = "", ...args] = input.argv;
  let output = "";
  let end: string | undefined;
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString("utf8")).slice(-KEPT_OUTPUT);
    input.log.append(chunk);
  };
  const settle = (how: string): void => {
    if (end !== undefined) return;
    end = how;
    input.onEnd();
  };
  const child: ChildProcess = spawn(program, args, {
    // The folder we were started in may be gone or hidden by now, and Ray's dashboard does not start in one that it cannot find.
    cwd: "/",
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: input.environment,
  });
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  child.on("error", (error) => settle(`could not be started: ${error.message}`));
  // Whatever it left behind may hold its pipes open; the short wait is for the last lines.
  child.on("exit", (code, signal) => setTimeout(() => settle(describeEnd(code, signal)), 50));
  return {
    pid: child.pid,
    ended: () => end,
    lastOutput: () => output,
    signal: (signal) => {
      if (end === undefined) child.kill(signal);
    },
    kill: () => killGroup(child.pid, "SIGKILL"),
  };
}
