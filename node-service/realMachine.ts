import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync } from "node:fs";
import { mkdir, readdir, readFile, realpath, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CommandOptions, CommandResult, FileSystem, Log, MachineAccess, Shell } from "./machineAccess";
import { RotatingFile } from "./rotatingFile";
import { systemClock } from "./systemClock";

/** In order of preference; the second is for machines where the first cannot be written. */
const LOG_FOLDERS = ["/var/log/rayfleet", "/var/lib/rayfleet/log"];
const KEPT_OUTPUT = 8000;

async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return undefined;
    throw error;
  }
}

const files: FileSystem = {
  read: (path) => orUndefined(readFile(path, "utf8")),
  async write(path, text, mode) {
    await mkdir(dirname(path), { recursive: true });
    const temporary = `${path}.new`;
    await rm(temporary, { force: true });
    await writeFile(temporary, text, { mode, flag: "wx" });
    await rename(temporary, path);
  },
  async makeFolder(path, mode) {
    await mkdir(path, { recursive: true, mode });
  },
  remove: (path) => rm(path, { recursive: true, force: true }),
  exists: async (path) => (await orUndefined(stat(path))) !== undefined,
  list: async (folder) => (await orUndefined(readdir(folder))) ?? [],
  realPath: (path) => orUndefined(realpath(path)),
  totalBytes: async (path) => {
    const facts = await orUndefined(statfs(path));
    return facts === undefined ? undefined : facts.blocks * facts.bsize;
  },
};

/** The folder for logs: the first of the known ones that can be written. */
export function chooseLogFolder(): string {
  for (const folder of LOG_FOLDERS) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      accessSync(folder, constants.W_OK);
      return folder;
    } catch {
      // Not this one: the next is tried, and the error below names them all.
    }
  }
  throw new Error(`logs: no folder can be written; got ${LOG_FOLDERS.join(" and ")}; expected one of them. Run the node service as root.`);
}

/** Ends a process and everything that it started in its group. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

function runCommand(
  command: readonly string[],
  options: CommandOptions,
  place: { logFolder: string; stop: AbortSignal },
): Promise<CommandResult> {
  const [program = "", ...args] = command;
  const log = options.logName === undefined ? undefined : new RotatingFile(join(place.logFolder, `${options.logName}.log`));
  return new Promise((resolve) => {
    let output = "";
    let timedOut = false;
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString("utf8")).slice(-KEPT_OUTPUT);
      log?.append(chunk);
    };
    const child = spawn(program, args, {
      cwd: "/",
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...options.environment },
    });
    const end = (): void => killGroup(child.pid, "SIGKILL");
    const timer = setTimeout(() => {
      timedOut = true;
      end();
    }, options.timeoutSeconds * 1000);
    place.stop.addEventListener("abort", end, { once: true });
    const settle = (code: number | undefined): void => {
      clearTimeout(timer);
      place.stop.removeEventListener("abort", end);
      resolve({ code: timedOut ? undefined : code, timedOut, output });
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => {
      keep(Buffer.from(`${error.message}\n`));
      settle((error as NodeJS.ErrnoException).code === "ENOENT" ? 127 : 126);
    });
    // `exit`, not `close`: a set-up command may leave a service behind that holds the pipe open for ever.
    child.on("exit", (code) => setTimeout(() => settle(code ?? undefined), 50));
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}

/** The machine that this process runs on. */
export function realMachine(log: Log, stop: AbortSignal, logFolder: string): MachineAccess {
  const shell: Shell = { run: (command, options) => runCommand(command, options, { logFolder, stop }) };
  return { shell, files, clock: systemClock, log, stop, isRoot: process.getuid?.() === 0 };
}
