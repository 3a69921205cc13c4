import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DecisionRing, type DecisionRingOptions } from "../../../autoscaler-agent/recorder/decisionRing";
import { readRecords, recordFilesAt } from "../../../autoscaler-agent/recorder/readRecords";
import { filesToRemove, parseRingFileName, ringFileName, ringLimits } from "../../../autoscaler-agent/recorder/ringFiles";
import type { TickRecord } from "../../../autoscaler-agent/tickRecord";
import { FakeClock } from "../../support/fakeClock";
import { busyTick } from "../../support/oneTick";

let root: string;
let folder: string;
let clock: FakeClock;
let tick: TickRecord;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "rayfleet-ring-"));
  folder = join(root, "decisions");
  clock = new FakeClock();
  tick = (await busyTick()).record;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const ringOf = (options: Partial<DecisionRingOptions> = {}) =>
  new DecisionRing({ folder, clock, agentVersion: "1", longestWaitMs: 60_000, ...options });

/** Keeps so many ticks, two seconds apart. */
async function keepTicks(ring: DecisionRing, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    clock.advance(2);
    await ring.keep({ ...tick, number, epochMs: clock.epochMs() });
  }
}

const mode = (path: string) => statSync(path).mode & 0o777;
const linesOf = (path: string) => [...readRecords(path)];
const ticksIn = (path: string) =>
  recordFilesAt(path).flatMap((file) => linesOf(file).flatMap((line) => (line.kind === "record" ? [line.record.number] : [])));
const bytesIn = (path: string) => readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);

describe("DecisionRing", () => {
  it("keeps every tick for its owner only, whatever the folder was before", async () => {
    mkdirSync(folder, { mode: 0o755 });
    chmodSync(folder, 0o755);
    const ring = ringOf();
    await keepTicks(ring, 5);
    await ring.close();
    expect(ticksIn(folder)).toEqual([1, 2, 3, 4, 5]);
    const [file = ""] = recordFilesAt(folder);
    expect([mode(folder), mode(file)]).toEqual([0o700, 0o600]);
    // Every line after the first holds what changed, and is far shorter.
    const [first = "", second = ""] = readFileSync(file, "utf8").split("\n");
    expect(second.length).toBeLessThan(first.length / 10);
  });

  it("packs full files, drops the oldest ones, and never takes more room than it may", async () => {
    const limits = { ...ringLimits, fileBytes: 12_000, totalBytes: 40_000 };
    const ring = ringOf({ limits });
    let most = 0;
    for (let round = 0; round < 40; round += 1) {
      await keepTicks(ring, 25);
      most = Math.max(most, bytesIn(folder));
    }
    await ring.close();
    expect(most).toBeGreaterThan(limits.fileBytes);
    expect(most).toBeLessThanOrEqual(limits.totalBytes);
    const files = recordFilesAt(folder);
    expect(files.slice(0, -1).every((file) => file.endsWith(".gz") && mode(file) === 0o600)).toBe(true);
    expect(linesOf(files[0] ?? "")).not.toHaveLength(0);
    expect(parseRingFileName(readdirSync(folder).sort()[0] ?? "")?.number).toBeGreaterThan(1);
  });

  it("begins a new file every hour, and forgets files a day after their last tick", async () => {
    const ring = ringOf();
    await keepTicks(ring, 1);
    clock.advance(3600);
    await keepTicks(ring, 1);
    await ring.close();
    const [first = "", second = ""] = recordFilesAt(folder);
    expect([first.endsWith(".gz"), second.endsWith(".jsonl")]).toEqual([true, true]);
    // The ages of files are those of the file system.
    utimesSync(first, clock.epochMs() / 1000 - 90_000, clock.epochMs() / 1000 - 90_000);
    utimesSync(second, clock.epochMs() / 1000, clock.epochMs() / 1000);
    const next = ringOf();
    await keepTicks(next, 1);
    await next.close();
    expect(recordFilesAt(folder).map((file) => parseRingFileName(file.slice(folder.length + 1))?.number)).toEqual([2, 3]);
  });

  it("goes on in a file of its own after an agent that was killed, and tidies up behind it", async () => {
    const ring = ringOf();
    await keepTicks(ring, 3);
    await ring.close();
    const [file = ""] = recordFilesAt(folder);
    truncateSync(file, statSync(file).size - 20);
    writeFileSync(`${file}.packing`, "half");
    const lastWritten = clock.epochMs() / 1000 - 3600;
    utimesSync(file, lastWritten, lastWritten);
    const next = ringOf();
    await keepTicks(next, 2);
    await next.close();
    const [before = "", after = ""] = recordFilesAt(folder);
    expect(existsSync(`${file}.packing`)).toBe(false);
    // Its age stays that of its last tick.
    expect([before.endsWith(".gz"), statSync(before).mtimeMs]).toEqual([true, lastWritten * 1000]);
    expect(linesOf(before)).toMatchObject([
      { record: { number: 1 } },
      { record: { number: 2 } },
      { kind: "unreadable", place: expect.stringMatching(/:3$/), problem: "is not whole", last: true },
    ]);
    expect(linesOf(after).map((line) => line.kind)).toEqual(["record", "record"]);
  });

  it("tells of a full disk with each tick, costs nothing meanwhile, and goes on when there is room again", async () => {
    let full = true;
    let opened = 0;
    const ring = ringOf({
      openFile: async (path): Promise<FileHandle> => {
        opened += 1;
        return full ? await open("/dev/full", "a") : await open(path, "wx", 0o600);
      },
    });
    await expect(ring.keep(tick)).rejects.toThrow("ENOSPC");
    await expect(ring.keep(tick)).rejects.toThrow("ENOSPC");
    expect(opened).toBe(1);
    clock.advance(61);
    await expect(ring.keep(tick)).rejects.toThrow("ENOSPC");
    full = false;
    clock.advance(61);
    await ring.keep(tick);
    await ring.close();
    expect(opened).toBe(3);
    expect(ticksIn(folder)).toEqual([tick.number]);
  });

  it("tells of a place that cannot be written, and makes it anew when it was taken away", async () => {
    writeFileSync(join(root, "file"), "");
    await expect(ringOf({ folder: join(root, "file", "decisions") }).keep(tick)).rejects.toThrow("ENOTDIR");
    const ring = ringOf({ limits: { ...ringLimits, fileMs: 0 } });
    await ring.keep(tick);
    rmSync(folder, { recursive: true });
    await expect(ring.keep(tick)).rejects.toThrow("ENOENT");
    clock.advance(61);
    await ring.keep(tick);
    await ring.close();
    expect(ticksIn(folder)).toEqual([tick.number]);
  });

  it("does not wait for a disk that hangs, and loses only the ticks in between", async () => {
    let answer: () => void = () => undefined;
    const hangs = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const ring = ringOf({
      longestWaitMs: 10,
      openFile: async (path) => {
        await hangs;
        return await open(path, "wx", 0o600);
      },
    });
    await expect(ring.keep({ ...tick, number: 1 })).rejects.toThrow("did not take a record within");
    await expect(ring.keep({ ...tick, number: 2 })).rejects.toThrow("has not taken the record before");
    answer();
    await expect.poll(() => ring.keep({ ...tick, number: 3 }).then(() => "kept", String)).toBe("kept");
    await ring.close();
    // A tick that came too late for its own wait may be there twice.
    expect(new Set(ticksIn(folder))).toEqual(new Set([1, 3]));
  });

  it("drops a record that is larger than a file may be, and says so", async () => {
    const ring = ringOf({ limits: { ...ringLimits, fileBytes: 1000 } });
    await expect(ring.keep(tick)).rejects.toThrow("is larger than a file may be (1000)");
  });
});

describe("readRecords", () => {
  it("passes over a broken line and what hangs on it, up to the next full record, and says which", async () => {
    const ring = ringOf();
    await keepTicks(ring, 302);
    await ring.close();
    const [file = ""] = recordFilesAt(folder);
    const lines = readFileSync(file, "utf8").split("\n");
    writeFileSync(file, lines.map((line, index) => (index === 297 ? `\u0000${line.slice(0, 50)}` : line)).join("\n"));
    const read = linesOf(file);
    const unreadable = read.flatMap((line) => (line.kind === "unreadable" ? [line.problem] : []));
    expect(unreadable).toEqual(["is not whole", "changes the line before it, which could not be read", expect.stringContaining("changes")]);
    expect(
      read
        .filter((line) => line.kind === "record")
        .map((line) => line.record.number)
        .slice(-3),
    ).toEqual([297, 301, 302]);
  });

  it("takes no change for one of a line that is gone", async () => {
    const ring = ringOf();
    await keepTicks(ring, 4);
    await ring.close();
    const [file = ""] = recordFilesAt(folder);
    const lines = readFileSync(file, "utf8").split("\n");
    writeFileSync(file, [...lines.slice(0, 2), ...lines.slice(3)].join("\n"));
    expect(linesOf(file).map((line) => (line.kind === "record" ? line.record.number : line.problem))).toEqual([
      1,
      2,
      "changes the line before it, which could not be read",
    ]);
  });

  it.each([
    ["no JSON", "hello"],
    ["another form", '{"format":2,"line":0,"at":"2026-01-01T00:00:00Z","tick":1,"full":{}}'],
    ["no record", '{"format":1,"line":0,"at":"2026-01-01T00:00:00Z","tick":1,"full":{"agentVersion":"1"}}'],
    ["a list", '{"format":1,"line":0,"at":"2026-01-01T00:00:00Z","tick":1,"full":[[[]]]}'],
    ["deep nesting", `{"format":1,"line":0,"at":"2026-01-01T00:00:00Z","tick":1,"full":${"[".repeat(50_000)}${"]".repeat(50_000)}}`],
  ])("calls a line of %s unreadable, and throws nothing", (_, text) => {
    const path = join(root, "decisions.jsonl");
    writeFileSync(path, `${text}\n`);
    expect(linesOf(path)).toMatchObject([{ kind: "unreadable", place: "decisions.jsonl:1" }]);
  });

  it("reads a packed file as far as it goes", async () => {
    const ring = ringOf();
    await keepTicks(ring, 50);
    await ring.close();
    const [file = ""] = recordFilesAt(folder);
    const packed = gzipSync(readFileSync(file));
    writeFileSync(`${file}.gz`, packed);
    // The plain one is about to go when both are there.
    expect(recordFilesAt(folder)).toEqual([`${file}.gz`]);
    expect(gunzipSync(packed).toString().split("\n")).toHaveLength(51);
    writeFileSync(`${file}.gz`, packed.subarray(0, packed.length - 30));
    expect(linesOf(`${file}.gz`).filter((line) => line.kind === "record").length).toBeGreaterThan(10);
  });
});

describe("ring files", () => {
  it("are called by number and time, and go oldest first", () => {
    const name = ringFileName(7, Date.UTC(2026, 10, 21, 14, 5, 9));
    expect(name).toBe("decisions-00000007-20261121T140509Z.jsonl");
    expect(parseRingFileName(`${name}.gz`)).toEqual({ number: 7, begunMs: Date.UTC(2026, 10, 21, 14, 5, 9), packed: true });
    expect([parseRingFileName("agent.log"), parseRingFileName(`${name}.packing`)]).toEqual([undefined, undefined]);
    const files = [3, 1, 2].map((number) => ({ name: ringFileName(number, 0), bytes: 10, writtenMs: number === 2 ? 0 : 1000 }));
    const limits = { totalBytes: 35, fileBytes: 5, fileMs: 1, keptMs: 500 };
    expect(filesToRemove(files, limits, 1000)).toEqual([ringFileName(1, 0), ringFileName(2, 0)]);
    expect(filesToRemove(files, { ...limits, totalBytes: 100 }, 1000)).toEqual([ringFileName(2, 0)]);
  });
});
