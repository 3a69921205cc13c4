import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decisionRecord } from "../../autoscaler-agent/recorder/decisionRecord";
import { RecordLineWriter } from "../../autoscaler-agent/recorder/recordLines";
import { ringFileName } from "../../autoscaler-agent/recorder/ringFiles";
import type { TickRecord } from "../../autoscaler-agent/tickRecord";
import { runCommand } from "../../cli/runCommand";
import { AgentSimulation } from "../support/agentSimulation";
import { busyTick } from "../support/oneTick";

const root = mkdtempSync(join(tmpdir(), "rayfleet-explain-"));
afterAll(() => rmSync(root, { recursive: true }));

let simulation: AgentSimulation;
let last: TickRecord;
let file: string;
beforeAll(async () => {
  ({ simulation, record: last } = await busyTick());
  simulation.pause = { reason: "incident 12", by: "ada" };
  await simulation.ticks(3);
  simulation.pause = undefined;
  file = writeRecords("decisions.jsonl", simulation.records);
});

function writeRecords(name: string, ticks: readonly TickRecord[]): string {
  const path = join(root, name);
  const writer = new RecordLineWriter();
  writeFileSync(path, ticks.map((tick) => writer.write(decisionRecord(tick, "0.1.0+0123456789ab"))).join(""));
  return path;
}

const iso = (epochMs: number) => new Date(epochMs).toISOString();
const explain = async (...args: string[]) => await runCommand(["explain", "--from", file, ...args]);

describe("rayfleet explain", () => {
  it("tells what was seen, decided and why at a time, and that it is decided the same again", async () => {
    const { exitCode, output } = await explain("--at", iso(last.epochMs + 500));
    expect(exitCode).toBe(0);
    expect(output).toContain(`demo, ${iso(last.epochMs)}: tick ${last.number} of agent 0.1.0+0123456789ab`);
    expect(output).toContain("Decided again by this version: the same.");
    expect(output).toMatch(
      /Seen\n {2}Ray, session \S+: 1 head, 1 running\n {2}cpu: .*2 starting.*1 awaited.*; desired 4, minimum 1, maximum 10/,
    );
    expect(output).toMatch(/Not served\n {2}can never be served: 2 × TPU 1: .*/);
    expect(output).toMatch(/Cost\n {2}\$0\.\d\d an hour/);
    expect(output).toMatch(/Done in the ten minutes before\n(.*\n)* {2}\d\d:\d\d:\d\d cpu: grow from 1 to 4: .*3 × .* → done/);
  });

  it("says who paused, and what was not done for it", async () => {
    const { output } = await explain("--at", iso(simulation.records.at(-1)?.epochMs ?? 0));
    expect(output).toMatch(/Held back\n(.*\n)* {2}paused: paused by ada .*incident 12/);
  });

  it("tells how the console of a machine ended that never said anything", async () => {
    const silent = new AgentSimulation();
    silent.ray.neverJoin = () => true;
    silent.cloud.consoles.set("i-00000001", ["Booting", "\u001b]0;owned\u0007"]);
    silent.ray.submit({ CPU: 4 }, 1, 3_000);
    const ended = () => silent.records.find(({ actions }) => actions.some(({ kind }) => kind === "terminate"));
    await silent.until("it is ended", () => ended() !== undefined, 1_000);
    const records = writeRecords("silent.jsonl", silent.records.slice(-3));
    const { output } = await runCommand(["explain", "--from", records, "--at", iso(ended()?.epochMs ?? 0)]);
    expect(output).toMatch(
      /cpu: end i-00000001: .*no boot report\) → done\n {4}its console ended with:\n {6}Booting\n {6}\\u\{1b\}\]0;owned/,
    );
    expect(output).toContain("Decided again by this version: the same.");
  });

  it("gives programs the same as JSON", async () => {
    const { output } = await explain("--at", iso(last.epochMs), "--json");
    const told = JSON.parse(output) as { decision: { tick: number; groups: unknown[] }; differences: unknown[]; recently: unknown[] };
    expect(told).toMatchObject({ schemaVersion: 1, secondsBefore: 0, decision: { tick: last.number }, differences: [] });
    expect(told.recently).not.toEqual([]);
  });

  it("says how far the record is from the time, and when the next one is", async () => {
    const first = simulation.records[0];
    const path = writeRecords(
      "gap.jsonl",
      [first, { ...last, epochMs: (first?.epochMs ?? 0) + 600_000 }].flatMap((tick) => tick ?? []),
    );
    const { output } = await runCommand(["explain", "--from", path, "--at", iso((first?.epochMs ?? 0) + 300_000)]);
    expect(output).toContain("is 300 s older; the next was 600 s after it");
  });

  it("follows the order of the ticks where the wall clock was set back", async () => {
    const ticks = [0, 100, 20].map((seconds, index) => ({ ...last, number: index + 1, epochMs: last.epochMs + seconds * 1000 }));
    const path = writeRecords("back.jsonl", ticks);
    const { output } = await runCommand(["explain", "--from", path, "--at", iso(last.epochMs + 30_000), "--json"]);
    const told = JSON.parse(output) as { secondsBefore: number; secondsToNext?: number; decision: { tick: number } };
    expect([told.decision.tick, told.secondsBefore, told.secondsToNext]).toEqual([3, 10, undefined]);
  });

  it("finds the right file of a folder, packed ones too, without reading all of them", async () => {
    const folder = mkdtempSync(join(root, "ring-"));
    const half = Math.floor(simulation.records.length / 2);
    for (const [index, ticks] of [simulation.records.slice(0, half), simulation.records.slice(half)].entries()) {
      const from = writeRecords("part.jsonl", ticks);
      const name = ringFileName(index + 1, ticks[0]?.epochMs ?? 0);
      writeFileSync(join(folder, `${name}.gz`), gzipSync(readFileSync(from)));
    }
    writeFileSync(join(folder, ringFileName(3, Date.parse("2090-01-01"))), "not looked at");
    for (const record of [simulation.records[0], simulation.records[half - 1], simulation.records[half], last]) {
      const { output } = await runCommand(["explain", "--from", folder, "--at", iso((record?.epochMs ?? 0) + 1), "--json"]);
      expect(JSON.parse(output)).toMatchObject({ decision: { tick: record?.number }, unreadable: [] });
    }
  });

  it("shows what others put into names and messages, and obeys none of it", async () => {
    const evil = "\u001b[31mx\u0007\r\nDecided again\u202e\u009b2J\u2028";
    const { observation } = last;
    if (observation.ray.kind !== "known") throw new Error("Ray was known");
    const { snapshot } = observation.ray;
    const nodes = snapshot.nodes.map((node) =>
      node.isHead ? node : { ...node, status: "running" as const, activity: [evil], instanceType: evil, labels: { [evil]: evil } },
    );
    const demands = [{ shape: { [evil]: 1 }, count: 1, selectors: [[{ key: evil, operator: "In" as const, values: [evil] }]] }];
    const hostile: TickRecord = {
      ...last,
      observation: { ...observation, ray: { kind: "known", snapshot: { ...snapshot, sessionName: evil, nodes, demands } } },
      holds: [...last.holds, { code: "ray-unknown", text: evil }],
    };
    const path = writeRecords("hostile.jsonl", [hostile]);
    for (const args of [
      ["explain", "--from", path],
      ["explain", "--from", path, "--json"],
      ["replay", path],
    ]) {
      const { output } = await runCommand(args);
      expect(output.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(output).not.toMatch(/^Decided again/m);
      expect(output).toContain("u{1b}[31mx");
    }
  });

  it.each([
    [["--at", "soon"], "--at", "is no time"],
    [["--at", "2001-01-01"], "--at", "is before the first record"],
    [["--group", "gpu"], "--group", "is no worker group of that time"],
    [["--from", "/does/not/exist"], "--from", "cannot be read"],
    [["--policy", "x"], "arguments", "cannot be used"],
  ])("ends with an error for %j", async (args, path, problem) => {
    const { exitCode, output } = await explain(...args);
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ error: { path, message: expect.stringContaining(`${path}: ${problem}; got `) } });
  });

  it("names the places where a head has its records when there is none here", async () => {
    const { exitCode, output } = await runCommand(["explain"]);
    if (exitCode === 0) return;
    expect(JSON.parse(output)).toMatchObject({
      error: { path: "--from", message: expect.stringContaining("/var/log/rayfleet/decisions") },
    });
  });

  it("ends with an error for a record of which only the outside is one", async () => {
    const path = writeRecords("hollow.jsonl", [{ ...last, outcomes: [{}] } as unknown as TickRecord]);
    const { exitCode, output } = await runCommand(["explain", "--from", path]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ error: { path: "--from", message: expect.stringContaining("cannot make again; got ") } });
    const far = writeRecords("far.jsonl", [last]);
    writeFileSync(far, readFileSync(far, "utf8").replace(`"epochMs":${last.epochMs},"durationMs"`, '"epochMs":1e300,"durationMs"'));
    expect((await runCommand(["replay", far])).exitCode).toBe(2);
  });

  it("leaves only one group when it is named", async () => {
    const { output } = await explain("--at", iso(last.epochMs), "--group", "cpu", "--json");
    expect((JSON.parse(output) as { decision: { groups: unknown[] } }).decision.groups).toHaveLength(1);
  });
});

describe("rayfleet replay", () => {
  it("ends with 0 when every tick is decided the same, and passes over a broken last line", async () => {
    const path = writeRecords("killed.jsonl", simulation.records);
    appendFileSync(path, '{"format":1,"line":17,"at":"2026');
    const { exitCode, output } = await runCommand(["replay", path]);
    expect(exitCode).toBe(0);
    expect(output).toMatch(
      new RegExp(
        `^${simulation.records.length} ticks from .*: all are decided the same\\.\nLines that could not be read:\n {2}killed.jsonl:\\d+: is not whole \\(it was being written`,
      ),
    );
  });

  it("ends with 1 and says which group, count and reason where one is decided otherwise", async () => {
    const bought = simulation.records.find(({ reply }) => reply?.launch.some(({ count }) => count === 3));
    if (bought?.reply === undefined) throw new Error("three were bought at once");
    const [launch] = bought.reply.launch;
    if (launch === undefined) throw new Error("three were bought at once");
    const path = writeRecords("other.jsonl", [last, { ...bought, reply: { ...bought.reply, launch: [{ ...launch, count: 9 }] } }]);
    const { exitCode, output } = await runCommand(["replay", path]);
    expect(exitCode).toBe(1);
    expect(output).toContain("2 ticks");
    expect(output).toContain(": 1 are decided otherwise.");
    expect(output).toContain(`${iso(bought.epochMs)} tick ${bought.number}: 1 difference\n  reply.launch[cpu].count: 9 then, 3 now`);
    expect((await runCommand(["replay", path, "--at", iso(bought.epochMs)])).exitCode).toBe(1);
  });

  it.each([
    [["/does/not/exist"], "cannot be read"],
    [["--at", "soon"], "is no time"],
    [["a", "b"], "cannot be used"],
    [["--limits", "x"], "cannot be used"],
  ])("ends with 2 for %j", async (args, problem) => {
    const { exitCode, output } = await runCommand(["replay", ...(args[0] === "--at" ? [file] : []), ...args]);
    expect(exitCode).toBe(2);
    expect(JSON.parse(output)).toMatchObject({ error: { message: expect.stringContaining(`: ${problem}; got `) } });
  });

  it.each([
    ["nothing", ""],
    ["something else", "hello\n"],
    ["a broken archive", Buffer.concat([gzipSync("x").subarray(0, 10), Buffer.from([255, 255, 255])])],
  ])("ends with 2 for a file of %s", async (_, content) => {
    const path = join(root, "wrong.jsonl");
    writeFileSync(path, content);
    const { exitCode, output } = await runCommand(["replay", path]);
    expect(exitCode).toBe(2);
    expect(JSON.parse(output)).toMatchObject({ error: { message: expect.stringContaining("; got ") } });
  });
});
