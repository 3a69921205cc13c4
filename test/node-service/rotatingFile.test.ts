import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RotatingFile } from "../../node-service/rotatingFile";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rayfleet-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("RotatingFile", () => {
  it("never holds more than two files of the limit, and keeps the newest", () => {
    const path = join(folder, "logs/a.log");
    const file = new RotatingFile(path, 10);
    for (const word of ["11111", "22222", "33333", "44444", "55555"]) file.append(Buffer.from(word));
    expect(readdirSync(join(folder, "logs")).sort()).toEqual(["a.log", "a.log.1"]);
    expect(readFileSync(`${path}.1`, "utf8")).toBe("3333344444");
    expect(readFileSync(path, "utf8")).toBe("55555");
  });

  it("goes on with the file of an earlier run", () => {
    const path = join(folder, "a.log");
    new RotatingFile(path, 10).append(Buffer.from("123456"));
    new RotatingFile(path, 10).append(Buffer.from("78901"));
    expect(readFileSync(`${path}.1`, "utf8")).toBe("123456");
  });

  it("leaves out what cannot be written, and says so when it can again", () => {
    const path = join(folder, "a.log");
    const file = new RotatingFile(path);
    // Stands for a full disk: writing fails.
    mkdirSync(path);
    file.append(Buffer.from("lost"));
    file.append(Buffer.from("lost too"));
    rmdirSync(path);
    file.append(Buffer.from("kept, "));
    file.append(Buffer.from("as before"));
    expect(readFileSync(path, "utf8")).toBe("\n(12 bytes could not be written)\nkept, as before");
  });
});
