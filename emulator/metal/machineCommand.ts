import { spawn } from "node:child_process";

/** Output beyond this is cut; the command runs on. */
const OUTPUT_LIMIT_BYTES = 4 * 2 ** 20;

/** How long the output of an ended command is still read. */
const DRAIN_MS = 300;

export interface MachineCommand {
  /** Process 1 of the machine. */
  readonly first: number;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface MachineCommandResult {
  /** 124 when it ran past its time. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command inside a machine, in all of its namespaces. It ends when its time is over, with everything that it started. */
export function runInMachine(command: MachineCommand): Promise<MachineCommandResult> {
  return new Promise((resolve, reject) => {
    const enter = ["--target", String(command.first), "--mount", "--uts", "--ipc", "--net", "--pid", "--wdns=/root", "--"];
    // The command is looked for by its own PATH, not by metal's.
    const child = spawn("nsenter", [...enter, "/usr/bin/env", ...command.argv], {
      env: { ...command.environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        if (output[name].length < OUTPUT_LIMIT_BYTES) output[name] += text;
      });
    }
    let overdue = false;
    const timer = setTimeout(() => {
      overdue = true;
      // The whole process group: nsenter's child does not end with it.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, command.timeoutMs);
    child.once("error", reject);
    const finish = (code: number | null): void => {
      clearTimeout(timer);
      resolve({ exitCode: overdue ? 124 : (code ?? 137), ...output });
    };
    child.once("close", finish);
    // What the command left running in the background may keep its output open for ever.
    child.once("exit", (code) => setTimeout(finish, DRAIN_MS, code));
  });
}
