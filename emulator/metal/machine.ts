import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { MachineSpecification } from "./machineSpecification";
import { GRACE_SECONDS } from "./metalSettings";
import { signal } from "./processTree";

/** From start to a machine whose namespaces stand and whose user data runs. */
const START_TIMEOUT_MS = 20_000;

export interface MachineStart {
  readonly instanceId: string;
  readonly specification: MachineSpecification;
  readonly metadata: Server;
  /** Runs machine.py. */
  readonly command: readonly [program: string, ...words: string[]];
  readonly consoleDirectory: string;
}

/** A machine did not come up; its console says why. */
export class MachineFailed extends Error {}

interface MachineFacts {
  /** Process 1 of the machine as this process sees it. */
  first: number | undefined;
  ready: boolean;
  userDataCode: number | undefined;
}

/** One running machine: its processes, its metadata service and its console. */
export class Machine {
  private constructor(
    private readonly child: ChildProcess,
    private readonly facts: MachineFacts,
    /** Settles when nothing of the machine runs any more. */
    readonly ended: Promise<void>,
  ) {}

  /** @throws MachineFailed when it is not up within 20 s */
  static async launch(start: MachineStart): Promise<Machine> {
    await listen(start.metadata, start.specification.metadataSocket);
    await mkdir(start.consoleDirectory, { recursive: true });
    const consoleFile = openSync(join(start.consoleDirectory, "console.log"), "a");
    const [program, ...words] = start.command;
    const child = spawn(program, words, { stdio: ["pipe", "pipe", consoleFile] });
    closeSync(consoleFile);
    const facts: MachineFacts = { first: undefined, ready: false, userDataCode: undefined };
    const ended = exitOf(child).then(() => cleanUp(start));
    // A program that cannot be started breaks the pipe; its exit tells.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(JSON.stringify(start.specification));
    await readiness(child.stdout, facts, ended).catch((error: unknown) => {
      child.kill("SIGKILL");
      throw new MachineFailed(
        `${start.instanceId}: did not start: ${error instanceof Error ? error.message : String(error)}. See its console.`,
      );
    });
    return new Machine(child, facts, ended);
  }

  /** Process 1 of the machine as this process sees it. */
  get first(): number {
    if (this.facts.first === undefined) throw new MachineFailed("machine: has no process 1; it never came up.");
    return this.facts.first;
  }

  /** Exit code of the user data; undefined while it runs. */
  get userDataCode(): number | undefined {
    return this.facts.userDataCode;
  }

  /** The power button: SIGTERM to the user data, and after the grace time the end of everything. */
  async powerOff(): Promise<void> {
    signal(this.child.pid ?? 0, "SIGTERM");
    const overdue = setTimeout(() => this.pullPlug(), (GRACE_SECONDS + 1) * 1000);
    await this.ended;
    clearTimeout(overdue);
  }

  /** Everything ends now, nobody is told. */
  pullPlug(): void {
    signal(this.first, "SIGKILL");
  }
}

function readiness(output: Readable | null, facts: MachineFacts, ended: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const overdue = setTimeout(() => reject(new Error(`not up after ${START_TIMEOUT_MS / 1000} s`)), START_TIMEOUT_MS);
    const settle = (): void => {
      clearTimeout(overdue);
      if (facts.ready && facts.first !== undefined) resolve();
      else reject(new Error("ended while starting"));
    };
    void ended.then(settle);
    if (output === null) return;
    createInterface({ input: output }).on("line", (line) => {
      const fact = JSON.parse(line) as { pid?: number; ready?: boolean; userDataEnded?: number };
      facts.first ??= fact.pid;
      facts.ready ||= fact.ready === true;
      facts.userDataCode ??= fact.userDataEnded;
      if (facts.ready && facts.first !== undefined) settle();
    });
  });
}

function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
}

async function cleanUp(start: MachineStart): Promise<void> {
  start.metadata.closeAllConnections();
  start.metadata.close();
  await Promise.all([start.specification.sessionSocket, start.specification.metadataSocket].map((path) => rm(path, { force: true })));
}

async function listen(server: Server, path: string): Promise<void> {
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}
