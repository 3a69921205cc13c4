import { describe, expect, it } from "vitest";
import { clusterSpecForm } from "../../../components/plan/parseClusterSpec";
import { describeSpecKey, type SpecKey, specKeyAt } from "../../../components/plan/specKeys";

const { root } = clusterSpecForm;

function allKeys(key: SpecKey, path: string): readonly { path: string; key: SpecKey }[] {
  const children = Object.entries((key.items ?? key).properties ?? {});
  return [{ path, key }, ...children.flatMap(([name, child]) => allKeys(child, path === "" ? name : `${path}.${name}`))];
}

describe("the specification's keys", () => {
  it("says of every key what it is for", () => {
    const silent = allKeys(root, "").filter(({ path, key }) => path !== "" && (key.description ?? "").length === 0);
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it("says in words which form a text must have", () => {
    const wordless = allKeys(root, "").filter(({ key }) => "pattern" in key && key.rule === undefined);
    expect(wordless.map(({ path }) => path)).toEqual([]);
  });
});

describe("specKeyAt", () => {
  it("finds keys of mappings, entries of lists and values of names", () => {
    expect(specKeyAt(root, ["workerGroups", 3, "labels", "tier"])).toMatchObject({ type: "string" });
    expect(specKeyAt(root, ["network", "existing", "vpcId"])?.rule).toBe("an id such as vpc-0abcdef1234567890");
    expect(specKeyAt(root, ["network", "nothing", "deeper"])).toBeUndefined();
  });
});

describe("describeSpecKey", () => {
  it.each<[SpecKey, string]>([
    [{ type: "integer" }, "a whole number"],
    [{ type: "integer", exclusiveMinimum: 0, maximum: 5000 }, "a whole number from 1 to 5000"],
    [{ type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, "a whole number, 0 or more"],
    [{ type: "number", exclusiveMinimum: 0 }, "a number above 0"],
    [{ type: "number", exclusiveMinimum: 0, maximum: 9 }, "a number above 0, at most 9"],
    [{ type: "number", maximum: 9 }, "a number, at most 9"],
    [{ type: "boolean" }, "true or false"],
    [{ type: "string" }, "text"],
    [{ type: "string", rule: "a colour" }, "a colour"],
    [{ enum: ["a", "b"] }, "one of a, b"],
    [{ enum: ["a"] }, "a"],
    [{ type: "array" }, "a list"],
    [{ type: "array", minItems: 1 }, "a list of 1 or more"],
    [{ type: "array", minItems: 1, maxItems: 4 }, "a list of 1 to 4"],
    [{ type: "array", maxItems: 4 }, "a list of at most 4"],
    [{ type: "object" }, "a mapping of keys to values"],
    [
      {
        anyOf: [
          { type: "integer", minimum: 10 },
          { type: "string", const: "auto" },
        ],
      },
      "a whole number, 10 or more, or auto",
    ],
  ])("says %j as %s", (key, words) => {
    expect(describeSpecKey(key)).toBe(words);
  });
});
