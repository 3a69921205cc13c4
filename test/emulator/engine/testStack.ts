import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent, StepEvent } from "../../../emulator/engine/events";
import { runStack, type StackRun, type StackRunResult } from "../../../emulator/engine/runStack";

/** A program that runs inside the test. */
export type InlineProgram = () => Promise<Record<string, unknown> | undefined>;

/** A stack of inline programs: `up` one program after the other and see what the engine does. */
export class TestStack {
  readonly directory = mkdtempSync(join(tmpdir(), "rayfleet-stack-"));
  /** Of the last run. */
  events: EngineEvent[] = [];
  readonly #endpointUrl: string;

  constructor(endpointUrl: string) {
    this.#endpointUrl = endpointUrl;
  }

  get stateFile(): string {
    return join(this.directory, "test.state.json");
  }

  /** The state as it stands in the file. */
  state(): { resources: { urn: string; id?: string }[]; pendingCreations: unknown[]; pendingDeletions: unknown[] } {
    return JSON.parse(readFileSync(this.stateFile, "utf8")) as ReturnType<TestStack["state"]>;
  }

  /** The id of the one resource of this logical name and type. */
  idOf(suffix: string): string {
    return this.state().resources.find((resource) => resource.urn.endsWith(suffix))?.id ?? "none";
  }

  /** What was done, as `op name`, in order, without what stayed the same. */
  steps(): string[] {
    const steps = this.events.filter((event): event is StepEvent => event.op !== "log" && event.op !== "same");
    return steps.filter((step) => step.type !== "pulumi:pulumi:Stack").map((step) => `${step.op} ${step.name}`);
  }

  run(verb: StackRun["verb"], program: InlineProgram, more: Partial<StackRun> = {}): Promise<StackRunResult> {
    this.events = [];
    return runStack({
      directory: this.directory,
      stack: "test",
      stateDirectory: this.directory,
      endpointUrl: this.#endpointUrl,
      verb,
      program,
      configuration: {
        project: "tests",
        main: ".",
        isTypeScript: true,
        nodeArguments: [],
        values: { "aws:region": "us-east-1" },
        secretKeys: [],
      },
      onEvent: (event) => this.events.push(event),
      ...more,
    });
  }

  up(program: InlineProgram, more: Partial<StackRun> = {}): Promise<StackRunResult> {
    return this.run("up", program, more);
  }

  destroy(): Promise<StackRunResult> {
    return this.run("destroy", async () => undefined);
  }

  refresh(): Promise<StackRunResult> {
    return this.run("refresh", async () => undefined);
  }

  forget(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
