import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAgentProgram } from "../../../components/kubernetes/readAgentProgram";

/** What `kubectl apply` can keep of an object in its annotation. */
const MOST_ANNOTATED = 262_144;

describe("readAgentProgram", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "agent-program-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it.each([1, 180_000, 180_001, 271_079, 700_000])("cuts %s bytes into parts that kubectl can apply, and loses none", (size) => {
    const packed = randomBytes(size);
    writeFileSync(join(directory, "agent.js.gz"), packed);
    const program = readAgentProgram(directory);
    const parts = program?.parts ?? [];
    expect(Buffer.concat(parts.map((part) => Buffer.from(part, "base64"))).equals(packed)).toBe(true);
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThan(MOST_ANNOTATED - 2_000);
  });

  it("names a program by its content, and knows when there is none", () => {
    const hashOf = (text: string) => {
      writeFileSync(join(directory, "agent.js.gz"), text);
      return readAgentProgram(directory)?.hash;
    };
    expect(readAgentProgram(directory)).toBeUndefined();
    expect(hashOf("one")).toMatch(/^[0-9a-f]{10}$/);
    expect(hashOf("one")).toBe(hashOf("one"));
    expect(hashOf("other")).not.toBe(hashOf("one"));
  });
});
