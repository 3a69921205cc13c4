import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { tarArchive } from "../../scripts/tarArchive";

const files = [
  { name: "b.js", content: Buffer.from("second".repeat(200)) },
  { name: "a.js", content: Buffer.from("first") },
];

describe("tarArchive", () => {
  it("writes what tar reads, in name order", () => {
    const list = spawnSync("tar", ["-tvf", "-"], { input: tarArchive(files), env: { TZ: "UTC", PATH: process.env["PATH"] } });
    expect(list.stderr.toString()).toBe("");
    expect(
      list.stdout
        .toString()
        .trim()
        .split("\n")
        .map((line) => line.replace(/\s+/g, " ")),
    ).toEqual(["-rw-r--r-- 0/0 5 1970-01-01 00:00 a.js", "-rw-r--r-- 0/0 1200 1970-01-01 00:00 b.js"]);
    const content = spawnSync("tar", ["-xOf", "-", "b.js"], { input: tarArchive(files) });
    expect(content.stdout.toString()).toBe("second".repeat(200));
  });

  it("is the same for the same files in any order", () => {
    expect(tarArchive(files).equals(tarArchive([...files].reverse()))).toBe(true);
  });

  it("keeps a content that fills its blocks exactly", () => {
    const content = Buffer.alloc(1024, "x");
    const archive = tarArchive([{ name: "full", content }]);
    expect(archive.length).toBe(512 + 1024 + 1024);
  });

  it.each(["", "ä.js", "n".repeat(101)])("refuses the name %j", (name) => {
    expect(() => tarArchive([{ name, content: Buffer.alloc(0) }])).toThrow("archive: file name does not fit");
  });
});
