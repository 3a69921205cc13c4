import { describe, expect, it } from "vitest";
import {
  acceptsLabels,
  anyNode,
  ruleText,
  SelectorTable,
  satisfies,
  selectorsKey,
  selectorsText,
} from "../../../autoscaler-agent/decide/selectors";
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

  it("keeps the alternatives of a demand in order, each once", () => {
    const table = new SelectorTable();
    const [first, second] = [table.read([[gold]])[0], table.read([[notGold]])[0]];
    expect(first).not.toBe(second);
    expect(table.read([[notGold], [gold], [notGold], []])).toEqual([second, first, anyNode]);
  });

  it("gives back the rules of an alternative, and none for one that it never saw", () => {
    const table = new SelectorTable();
    const [both = anyNode] = table.read([[gold, { key: "zone", operator: "NotIn", values: ["b", "a", "b"] }]]);
    expect(table.rulesOf(both)).toEqual([gold, { key: "zone", operator: "NotIn", values: ["a", "b"] }]);
    expect(table.rulesOf(anyNode)).toEqual([]);
    expect(table.rulesOf(99)).toEqual([]);
  });

  it("knows for each class which alternatives it satisfies: all rules of one", () => {
    const table = new SelectorTable();
    const zoneA: LabelRule = { key: "zone", operator: "In", values: ["a"] };
    const [first = anyNode, both = anyNode] = table.read([[gold], [gold, zoneA]]);
    const goldInB = table.classify({ tier: "gold", zone: "b" });
    expect([anyNode, first, both].map((alternative) => acceptsLabels(goldInB, alternative))).toEqual([true, true, false]);
    expect(acceptsLabels(table.classify({ tier: "gold", zone: "a" }), both)).toBe(true);
    expect(acceptsLabels(goldInB, 99)).toBe(false);
  });

  it("numbers its classes, and names them the same whatever the order of the rules", () => {
    const zone: LabelRule = { key: "zone", operator: "NotIn", values: ["b"] };
    const labels = { tier: "gold", zone: "a" };
    const [one, other] = [new SelectorTable(), new SelectorTable()];
    one.read([[gold], [zone]]);
    other.read([[zone], [gold]]);
    expect(one.classify(labels).key).toBe(other.classify(labels).key);
    expect([one.classify(labels).id, one.classify({}).id, one.classify({ tier: "gold", zone: "a", more: "x" }).id]).toEqual([0, 1, 0]);
  });

  it("does not take what every object has for a label", () => {
    const table = new SelectorTable();
    table.read([[{ key: "constructor", operator: "In", values: ["x"] }]]);
    expect(table.classify({}).key).toBe(table.classify({ tier: "tin" }).key);
    expect(table.classify({}).key).toBe("[null]");
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
    expect(selectorsText([[], []])).toBe("");
    expect(selectorsText(undefined)).toBe("");
  });

  it("take no selectors, and none in a list, for any node", () => {
    expect(selectorsKey(undefined)).toBe(selectorsKey([[]]));
    expect(selectorsKey([])).toBe(selectorsKey([[]]));
    expect(selectorsKey([[gold]])).not.toBe(selectorsKey([[]]));
  });

  it("take values for a set", () => {
    const values = (...names: string[]): LabelRule => ({ ...gold, values: names });
    expect(selectorsKey([[values("b", "a", "b")]])).toBe(selectorsKey([[values("a", "b")]]));
    expect(selectorsKey([[values("a", "b")]])).not.toBe(selectorsKey([[values("a")]]));
  });

  it("say a rule as a person would", () => {
    expect(ruleText({ ...notGold, values: ["gold", "tin"] })).toBe("tier not in (gold, tin)");
    expect(selectorsText([[gold, { key: "zone", operator: "NotIn", values: ["a"] }]])).toBe(
      " on nodes with tier in (gold) and zone not in (a)",
    );
  });
});
