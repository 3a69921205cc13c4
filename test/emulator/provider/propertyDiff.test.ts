import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changesUnder, diffProperties, keepPrevious, pathsOf, sameProperty } from "../../../emulator/provider/propertyDiff";
import { ASSET_SIGNATURE, SIGNATURE_KEY } from "../../../pulumi-protocol/wire";

const properties = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 5 });

describe("diffProperties", () => {
  it.each([
    ["a value", { a: 1 }, { a: 2 }, [{ path: "a", kind: "update" }]],
    ["a new key", {}, { a: 1 }, [{ path: "a", kind: "add" }]],
    ["a key that went", { a: 1 }, {}, [{ path: "a", kind: "delete" }]],
    ["one tag", { tags: { x: "1", y: "2" } }, { tags: { x: "1", y: "3" } }, [{ path: "tags.y", kind: "update" }]],
    ["an item inside a list", { r: [{ p: 1 }, { p: 2 }] }, { r: [{ p: 1 }, { p: 3 }] }, [{ path: "r[1].p", kind: "update" }]],
    ["an item more", { r: ["a"] }, { r: ["a", "b"] }, [{ path: "r[1]", kind: "add" }]],
    ["a policy that says the same", { p: '{"a":1,"b":2}' }, { p: '{ "b": 2, "a": 1 }' }, []],
    ["a key of Pulumi's own", { __defaults: [] }, {}, []],
    ["null instead of nothing", { a: null }, {}, []],
  ])("tells %s", (_title, previous, next, changes) => {
    expect(diffProperties(previous, next)).toEqual(changes);
  });

  it("compares files by content, wherever they lie", () => {
    const file = (path: string, hash: string) => ({ source: { [SIGNATURE_KEY]: ASSET_SIGNATURE, path, hash } });
    expect(diffProperties(file("/a", "1"), file("/b", "1"))).toEqual([]);
    expect(pathsOf(diffProperties(file("/a", "1"), file("/a", "2")))).toEqual(["source"]);
  });

  it("is empty exactly for what is the same", () => {
    fc.assert(
      fc.property(properties, (value) => {
        expect(diffProperties(value, structuredClone(value))).toEqual([]);
      }),
    );
    fc.assert(
      fc.property(properties, properties, (left, right) => {
        const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
        const isSame = keys.every((key) => sameProperty(left[key], right[key]));
        expect(diffProperties(left, right).length === 0).toBe(isSame);
      }),
    );
  });

  it("never holds a value", () => {
    const changes = diffProperties({ password: "hunter2hunter2" }, { password: "correct horse" });
    expect(JSON.stringify(changes)).not.toMatch(/hunter2|horse/);
  });
});

describe("changesUnder", () => {
  it("keeps what lies on or under a pattern", () => {
    const changes = diffProperties({ tags: { a: "1" }, size: 1, name: "x" }, { tags: { a: "2" }, size: 2, name: "y" });
    expect(pathsOf(changesUnder(changes, ["tags", "name"]))).toEqual(["name", "tags.a"]);
  });
});

describe("keepPrevious", () => {
  it.each([
    ["a whole property", ["desired"], { desired: 7, max: 9 }, { desired: 0, max: 10 }, { desired: 7, max: 10 }],
    ["one that was never set", ["desired"], { max: 9 }, { desired: 0, max: 10 }, { max: 10 }],
    ["one that the program dropped", ["desired"], { desired: 7 }, {}, { desired: 7 }],
    [
      "one tag",
      ["tags.note"],
      { tags: { note: "theirs", a: "1" } },
      { tags: { note: "ours", a: "2" } },
      { tags: { note: "theirs", a: "2" } },
    ],
    ["every item's key", ["r[*].d"], { r: [{ d: 1 }, { d: 2 }] }, { r: [{ d: 8, p: 1 }, { d: 9 }] }, { r: [{ d: 1, p: 1 }, { d: 2 }] }],
    ["nothing in a list that has grown", ["r[1].d"], { r: [{ d: 1 }] }, { r: [{ d: 8 }, { d: 9 }] }, { r: [{ d: 8 }, { d: 9 }] }],
  ])("takes %s from before", (_title, paths, previous, next, expected) => {
    expect(keepPrevious(previous, next, paths)).toEqual(expected);
  });

  it("leaves nothing to tell about what is ignored", () => {
    fc.assert(
      fc.property(properties, properties, (previous, next) => {
        const all = [...new Set([...Object.keys(previous), ...Object.keys(next)])];
        expect(diffProperties(previous, keepPrevious(previous, next, all))).toEqual([]);
      }),
    );
  });
});
