import { type BootReport, type BootStage, bootReportKey } from "../contract/bootReport";
import type { Log } from "./machineAccess";

/** Where a machine tells how far it is: on its console at once, in the artifact bucket as soon as its place there is known. */
export class BootReporter {
  #report: Omit<BootReport, "instanceId" | "groupName">;
  #place: { readonly key: string; readonly instanceId: string; readonly groupName: string } | undefined;
  #writing: Promise<void> = Promise.resolve();
  #written = "";

  constructor(
    private readonly log: Log,
    private readonly nowMs: () => number,
    private readonly write: (key: string, text: string) => Promise<void>,
  ) {
    this.#report = { schemaVersion: 1, stage: "configuration", startedAtMs: {} };
  }

  /** From now on reports are written to the bucket too. `roleId` stands first because IAM's `aws:userid` has that form. */
  place(where: { prefix: string; roleId: string; instanceId: string; groupName: string }): void {
    const { instanceId, groupName } = where;
    this.#place = { key: bootReportKey(where.prefix, `${where.roleId}:${instanceId}`), instanceId, groupName };
    this.#send();
  }

  /** Announces a stage before it begins. Coming back to an earlier one (Ray is started again) keeps the others' times. */
  enter(stage: BootStage): void {
    const startedAtMs = { ...this.#report.startedAtMs, [stage]: Math.round(this.nowMs()) };
    this.#report = { schemaVersion: 1, stage, startedAtMs };
    this.log("boot-stage", { stage });
    this.#send();
  }

  /** The machine gave up in the stage it is in. */
  fail(reason: string): void {
    this.#report = { ...this.#report, failure: reason };
    this.log("boot-failed", { stage: this.#report.stage, reason });
    this.#send();
  }

  /** Waits until what was said last has been written, or could not be. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /**
   * A report that cannot be written is said on the console and does not stop the machine. Writes follow one another, and only the newest
   * state is written: a slow bucket delays no stage.
   */
  #send(): void {
    this.#writing = this.#writing.then(async () => {
      if (this.#place === undefined) return;
      const { key, instanceId, groupName } = this.#place;
      const text = JSON.stringify({ ...this.#report, instanceId, groupName } satisfies BootReport);
      if (text === this.#written) return;
      try {
        await this.write(key, text);
        this.#written = text;
      } catch (error) {
        this.log("boot-report-not-written", { key, error: error instanceof Error ? error.message : String(error) });
      }
    });
  }
}
