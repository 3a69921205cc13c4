import { describe, expect, it } from "vitest";
import { portTable, renderPortsPage } from "../../../components/plan/portTable";
import { nodePorts } from "../../../contract/ports";

/** `from→to ports`, one entry for each party. */
const openings = portTable.flatMap((row) => row.from.map((from) => `${from}→${row.to} ${row.firstPort}-${row.lastPort}`)).sort();

describe("portTable", () => {
  it("opens exactly what a cluster was measured to need, the log ports, and what users and scrapers are for", () => {
    expect(openings).toEqual(
      [
        "worker→head 6379-6379",
        "worker→head 7001-7001",
        "worker→head 7002-7002",
        "worker→head 20000-20999",
        "head→worker 7001-7001",
        "head→worker 7002-7002",
        "head→worker 20000-20999",
        "head→worker 7004-7004",
        "head→worker 7005-7005",
        "worker→worker 7001-7001",
        "worker→worker 7002-7002",
        "worker→worker 20000-20999",
        "users→head 8265-8265",
        "users→head 10001-10001",
        "scrapers→head 7006-7006",
        "scrapers→worker 7006-7006",
        "scrapers→head 44227-44227",
        "scrapers→head 44217-44217",
        "head→cache 6379-6379",
      ].sort(),
    );
  });

  it("leaves no pinned port out but the runtime-env agent's, which only the machine itself calls", () => {
    const { minWorker, maxWorker, runtimeEnvAgent, ...single } = nodePorts;
    const opened = new Set(portTable.flatMap((row) => [row.firstPort, row.lastPort]));
    expect([...opened].sort()).toEqual([...Object.values(single), minWorker, maxWorker].sort());
    expect(portTable.some((row) => row.firstPort <= runtimeEnvAgent && runtimeEnvAgent <= row.lastPort)).toBe(false);
  });

  it("names each row once per target", () => {
    const names = portTable.map((row) => `${row.to} ${row.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it("never opens SSH", () => {
    expect(portTable.filter((row) => row.firstPort <= 22 && row.lastPort >= 22)).toEqual([]);
  });
});

describe("renderPortsPage", () => {
  it("is what docs/ports.md says", async () => {
    await expect(renderPortsPage()).toMatchFileSnapshot("../../../docs/ports.md");
  });
});
