import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ResourceState, StackState } from "../../../emulator/engine/stackState";

const identity = { project: "demo", stack: "dev" };

function resource(name: string): ResourceState {
  const lists = { dependencies: [], propertyDependencies: {} };
  const type = "aws:sns/topic:Topic";
  const urn = `urn:pulumi:dev::demo::${type}::${name}`;
  return { urn, type, custom: true, id: name, inputs: {}, outputs: {}, ...lists, protect: false, retainOnDelete: false, external: false };
}

describe("StackState", () => {
  let file: string;
  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), "rayfleet-state-")), "folder", "dev.state.json");
  });
  afterEach(() => rmSync(join(file, "../.."), { recursive: true }));

  const load = (access: "read-write" | "read-only" = "read-write") => StackState.load(file, identity, access);

  it("comes back as it was saved, in order", () => {
    const state = load();
    for (const name of ["a", "b"]) state.record(resource(name));
    state.record(resource("a"));
    state.pendingDeletions.add(resource("old"));
    state.pendingCreations.set("urn", { token: "t", name: "c", resource: resource("c") });
    state.outputs = { x: 1 };
    state.save();
    const loaded = load();
    expect([...loaded.resources.values()]).toEqual([resource("b"), resource("a")]);
    expect([...loaded.pendingDeletions]).toEqual([resource("old")]);
    expect([...loaded.pendingCreations.values()]).toEqual([{ token: "t", name: "c", resource: resource("c") }]);
    expect(loaded.outputs).toEqual({ x: 1 });
  });

  it("is one whole file that only its owner reads, in a folder of the same kind", () => {
    const state = load();
    state.record(resource("a"));
    state.save();
    expect(readdirSync(join(file, ".."))).toEqual(["dev.state.json"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
  });

  it("leaves no file when nothing exists", () => {
    const state = load();
    state.record(resource("a"));
    state.save();
    state.resources.clear();
    state.save();
    expect(existsSync(file)).toBe(false);
  });

  it("writes nothing for a preview", () => {
    const state = load("read-only");
    state.record(resource("a"));
    state.save();
    expect(existsSync(file)).toBe(false);
  });

  it("refuses what it cannot understand, or what is not this stack's", () => {
    const state = load();
    state.record(resource("a"));
    state.save();
    expect(() => StackState.load(file, { ...identity, stack: "prod" }, "read-only")).toThrow(/got demo\/dev; expected demo\/prod/);
    writeFileSync(file, '{"version":1,"reso');
    expect(load).toThrow(/is no state file/);
    writeFileSync(file, '{"version":2,"resources":[]}');
    expect(load).toThrow(/unknown format; expected version 1/);
  });
});
