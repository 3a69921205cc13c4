import { readdirSync, readFileSync } from "node:fs";
import { OWNER_VARIABLE } from "./rayStartCommand";

/** A process as `/proc` shows it. */
export interface ProcessFacts {
  readonly pid: number;
  readonly sessionId: number;
  /** Waits to be reaped: gone for every purpose of ours. */
  readonly isZombie: boolean;
  /** As the kernel cuts it, at most 15 characters. */
  readonly name: string;
  /** Raw environment, entries ended by NUL; empty when it cannot be read. */
  readonly environment: string;
}

/** `/proc/<pid>/stat`: the name stands in parentheses and may itself hold blanks and parentheses. */
export function parseProcessStat(text: string): { name: string; state: string; sessionId: number } {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  const rest = text.slice(close + 2).split(" ");
  return { name: text.slice(open + 1, close), state: rest[0] ?? "", sessionId: Number(rest[3]) };
}

/**
 * The processes that come from our `ray start`: those with our mark in the environment, and those in a session with one of them, because some
 * of Ray's processes overwrite the place where the kernel shows their environment. Ray elsewhere on the host is never among them.
 */
export function ownedProcesses(processes: readonly ProcessFacts[], owner: string): readonly ProcessFacts[] {
  const mark = `${OWNER_VARIABLE}=${owner}\0`;
  const alive = processes.filter((process) => !process.isZombie);
  const isMarked = (process: ProcessFacts): boolean => `\0${process.environment}`.includes(`\0${mark}`);
  const sessions = new Set(alive.filter(isMarked).map((process) => process.sessionId));
  return alive.filter((process) => sessions.has(process.sessionId));
}

/** The raylet among the owned processes. */
export function findRaylet(owned: readonly ProcessFacts[]): ProcessFacts | undefined {
  return owned.find((process) => process.name === "raylet");
}

function readFacts(pid: number): ProcessFacts | undefined {
  try {
    const { name, state, sessionId } = parseProcessStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return { pid, name, sessionId, isZombie: state === "Z" || state === "X", environment: readEnvironment(pid) };
  } catch {
    // It ended between the listing and the reading.
    return undefined;
  }
}

function readEnvironment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return "";
  }
}

/** Every process of this PID namespace but this one. */
export function listProcesses(): readonly ProcessFacts[] {
  const pids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
  return pids.map(readFacts).filter((facts) => facts !== undefined);
}

/** Whether the process is still the living raylet that was found under this id. */
export function isLiveRaylet(pid: number): boolean {
  const facts = readFacts(pid);
  return facts !== undefined && !facts.isZombie && facts.name === "raylet";
}
