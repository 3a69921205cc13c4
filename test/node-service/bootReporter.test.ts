import { describe, expect, it } from "vitest";
import { bootReportSchema } from "../../contract/bootReport";
import { BootReporter } from "../../node-service/bootReporter";

const where = { prefix: "boot", roleId: "AROATEST", instanceId: "i-1", groupName: "cpu" };

function reporter(write: (key: string, text: string) => Promise<void>): { reporter: BootReporter; events: string[] } {
  const events: string[] = [];
  let nowMs = 1000;
  return {
    events,
    reporter: new BootReporter(
      (event) => void events.push(event),
      () => nowMs++,
      write,
    ),
  };
}

describe("BootReporter", () => {
  it("writes what the agent reads, at the key that IAM lets the machine write", async () => {
    const written = new Map<string, string>();
    const { reporter: boot } = reporter(async (key, text) => void written.set(key, text));
    boot.enter("configuration");
    boot.place(where);
    boot.enter("disks");
    boot.fail("no disk");
    await boot.flush();
    const report = bootReportSchema.parse(JSON.parse(written.get("boot/AROATEST:i-1.json") ?? ""));
    expect(report).toEqual({
      schemaVersion: 1,
      instanceId: "i-1",
      groupName: "cpu",
      stage: "disks",
      startedAtMs: { configuration: 1000, disks: 1001 },
      failure: "no disk",
    });
  });

  it("forgets the failure when a later stage begins", async () => {
    let last = "";
    const { reporter: boot } = reporter(async (_, text) => {
      last = text;
    });
    boot.place(where);
    boot.fail("once");
    boot.enter("ray-start");
    await boot.flush();
    expect(JSON.parse(last)).not.toHaveProperty("failure");
  });

  it("delays no stage, and writes only the newest state after a slow write", async () => {
    const texts: string[] = [];
    const { reporter: boot } = reporter(async (_, text) => {
      await new Promise((done) => setTimeout(done, 20));
      texts.push(text);
    });
    boot.place(where);
    for (const stage of ["disks", "limits", "shared-memory", "token"] as const) boot.enter(stage);
    expect(texts).toEqual([]);
    await boot.flush();
    expect(texts.length).toBeLessThanOrEqual(2);
    expect(JSON.parse(texts.at(-1) ?? "")).toMatchObject({ stage: "token" });
  });

  it("goes on when the bucket refuses, and says so", async () => {
    const { reporter: boot, events } = reporter(() => Promise.reject(new Error("AccessDenied")));
    boot.place(where);
    boot.enter("disks");
    await boot.flush();
    expect(events).toContain("boot-report-not-written");
  });
});
