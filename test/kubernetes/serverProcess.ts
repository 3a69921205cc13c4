import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { basename, join } from "node:path";

/** A program that serves until it is ended, or this process is gone, however that came; its log is in the folder. */
export function startServer(directory: string, program: string, words: readonly string[]): ChildProcess {
  const log = openSync(join(directory, `${basename(program)}.log`), "a");
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", program, ...words], { stdio: ["ignore", log, log] });
  closeSync(log);
  return child;
}

/** At once: with watches open a kube-apiserver takes a minute to end by itself. */
export async function endServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  child.kill("SIGKILL");
  await ended;
}
