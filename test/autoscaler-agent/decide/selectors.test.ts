import { describe, expect, it } from "vitest";
import { SelectorTable, satisfies, selectorsKey, selectorsText } from "../../../autoscaler-agent/decide/selectors";
import type { LabelRule } from "../../../contract/decision";

const gold: LabelRule = { key: "tier", operator: "In", values: ["gold"] };
const notGold: LabelRule = { ...gold, operator: "NotIn" };

describe("satisfies", () => {
  it.each<[Record<string, string>, LabelRule, boolean]>([
    [{ tier: "gold" }, gold, true],
    [{ tier: "tin" }, gold, false],
    [{}, gold, false],
    [{ tier: "gold" }, notGold, false],
    [{ tier: "tin" }, notGold, true],
    [{}, notGold, true],
    [{ tier: "gold" }, { ...gold, values: [] }, false],
    [{}, { ...notGold, values: [] }, true],
    [{}, { key: "constructor", operator: "NotIn", values: ["x"] }, true],
  ])("labels %j and rule %j: %s", (labels, rule, expected) => {
    expect(satisfies(labels, rule)).toBe(expected);
  });
});

describe("SelectorTable", () => {
  it("gives equal alternatives one number and nodes that rules cannot tell apart one class", () => {
    const table = new SelectorTable();
    const [one] = table.read([[gold, notGold]]);
    const [other] = table.read([[{ ...notGold, values: ["gold", "gold"] }, gold]]);
    expect(one).toBe(other);
    expect(table.classify({ tier: "gold", "ray.io/node-id": "1" })).toBe(table.classify({ tier: "gold", "ray.io/node-id": "2" }));
    expect(table.classify({ tier: "gold" })).not.toBe(table.classify({}));
  });

  it("takes no selectors for any node", () => {
    const table = new SelectorTable();
    expect(table.read(undefined)).toEqual(table.read([[]]));
    expect(table.read([])).toEqual(table.read([[]]));
  });
});

describe("selectorsKey and selectorsText", () => {
  it("keep the order of alternatives, and of nothing else", () => {
    expect(selectorsKey([[gold, notGold]])).toBe(selectorsKey([[notGold, gold]]));
    expect(selectorsKey([[gold], [notGold]])).not.toBe(selectorsKey([[notGold], [gold]]));
    expect(selectorsText([[gold], []])).toBe(" on nodes with tier in (gold), else any node");
    expect(selectorsText([[]])).toBe("");
  });
});
