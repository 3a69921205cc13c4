import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import { answerDifferences } from "../../../autoscaler-agent/recorder/answerDifferences";
import { type DecisionRecord, decisionRecord } from "../../../autoscaler-agent/recorder/decisionRecord";
import { readRecords } from "../../../autoscaler-agent/recorder/readRecords";
import { RecordLineWriter } from "../../../autoscaler-agent/recorder/recordLines";
import { replayRecord } from "../../../autoscaler-agent/recorder/replayRecord";
import type { TickRecord } from "../../../autoscaler-agent/tickRecord";
import { anyFaultyDay, liveThroughIn, twoGroups } from "../../support/faultyDays";
import { busyTick } from "../../support/oneTick";

const folder = mkdtempSync(join(tmpdir(), "rayfleet-replay-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The records of these ticks, written to a file and read from it. */
function throughFile(ticks: readonly TickRecord[]): DecisionRecord[] {
  const path = join(folder, "decisions.jsonl");
  const writer = new RecordLineWriter();
  writeFileSync(path, ticks.map((tick) => writer.write(decisionRecord(tick, "1"))).join(""));
  return [...readRecords(path)].map((line) => {
    if (line.kind === "unreadable") throw new Error(line.problem);
    return line.record;
  });
}

describe("replayRecord", () => {
  it("decides every tick of random days of faults the same after it went through a file", async () => {
    let ticks = 0;
    await fc.assert(
      fc.asyncProperty(anyFaultyDay, async (day) => {
        const simulation = twoGroups();
        await liveThroughIn(simulation, day);
        const records = throughFile(simulation.records);
        expect(records).toEqual(simulation.records.map((tick) => decisionRecord(tick, "1")));
        for (const record of records) expect(replayRecord(record).differences).toEqual([]);
        ticks += records.length;
      }),
      { numRuns: 20 },
    );
    expect(ticks).toBeGreaterThan(1000);
  }, 120_000);

  it("says which group, how many and why, where the answer is another one now", async () => {
    const { simulation } = await busyTick();
    const bought = simulation.records.find(({ reply }) => reply?.launch.some(({ count }) => count === 3));
    expect(bought).toBeDefined();
    if (bought === undefined) return;
    const { differences } = replayRecord(decisionRecord(bought, "1"), (request) => ({
      ...decide(request),
      launch: [{ groupName: "cpu", count: 2, reasons: [{ code: "empty-shape", text: "because" }] }],
    }));
    expect(differences).toEqual(
      expect.arrayContaining([
        { path: "reply.launch[cpu].count", was: "3", now: "2" },
        { path: "reply.launch[cpu].reasons[empty-shape]", was: "nothing", now: '{"code":"empty-shape","text":"because"}' },
        { path: "actions[set-desired cpu].target", was: "4", now: "3" },
      ]),
    );
  });

  it("tells of a chooser that failed then and answers now, or the other way round", async () => {
    const { record } = await busyTick();
    const kept = decisionRecord(record, "1");
    const fails = replayRecord(kept, () => {
      throw new Error("a fault");
    });
    expect(fails.differences).toContainEqual(expect.objectContaining({ path: "reply", now: "nothing" }));
    const { reply: _, ...failedThen } = kept;
    expect(replayRecord(failedThen).differences).toContainEqual(expect.objectContaining({ path: "reply", was: "nothing" }));
  });

  it("compares what was held, but for what nobody could see in Ray or the cloud", async () => {
    const { record } = await busyTick();
    const kept = decisionRecord(record, "1");
    const paused = { ...kept, holds: [{ code: "paused", text: "by ada" } as const, ...kept.holds] };
    expect(replayRecord(paused).differences).toEqual([]);
    const held = { ...kept, holds: [...kept.holds, { code: "ray-unknown", text: "away" } as const] };
    expect(replayRecord(held).differences).toEqual([expect.objectContaining({ path: "holds[ray-unknown]", now: "nothing" })]);
  });

  it("says so, and does not throw, where this code fails on a record", async () => {
    const { record } = await busyTick();
    const broken = { ...decisionRecord(record, "1"), config: { ...record.config, groups: [null] } } as unknown as DecisionRecord;
    expect(replayRecord(broken)).toEqual({ differences: [expect.objectContaining({ path: "decision", was: "made" })] });
  });
});

describe("answerDifferences", () => {
  it("names entries of lists by what they are about, and tells of another order", () => {
    const one = {
      held: [
        { id: "a", n: 1 },
        { id: "b", n: 2 },
      ],
    };
    expect(answerDifferences(one, one)).toEqual([]);
    expect(
      answerDifferences(one, {
        held: [
          { id: "b", n: 2 },
          { id: "a", n: 3 },
        ],
      }),
    ).toEqual([
      { path: "held[a].n", was: "1", now: "3" },
      { path: "held", was: '"a, b"', now: '"b, a"' },
    ]);
    expect(answerDifferences([1, 2], [1])).toEqual([{ path: "[1]", was: "2", now: "nothing" }]);
  });

  it("sees a difference behind a long beginning, and shows it", () => {
    const same = "x".repeat(5000);
    const [difference] = answerDifferences({ text: `${same}1` }, { text: `${same}2` });
    expect([difference?.was, difference?.now]).toEqual([expect.stringMatching(/^…x+1"$/), expect.stringMatching(/^…x+2"$/)]);
  });
});
