import type { LabelRule } from "../../contract/decision";
import { compareText } from "./resources";

type Labels = Readonly<Record<string, string>>;

/** Number of an alternative within one decision: equal lists of rules share it. */
export type AlternativeId = number;

/** The alternative without rules, which every node satisfies. */
export const anyNode: AlternativeId = 0;

/** Nodes that no selector of the request can tell apart. */
export interface LabelClass {
  /** Only within one decision. */
  readonly id: number;
  /** Equal for equal classes, whatever the order of the input. */
  readonly key: string;
  /** For each alternative, 1 when such a node satisfies it. */
  readonly matches: Uint8Array;
}

/** The label rules of one request, each different list once. */
export class SelectorTable {
  private readonly ids = new Map<string, AlternativeId>([["[]", anyNode]]);
  private readonly rules: LabelRule[][] = [[]];
  private readonly classes = new Map<string, LabelClass>();
  private keysInRules: readonly string[] | undefined;

  /** The alternatives of one demand in order; one that allows any node when there are none. */
  read(selectors: readonly (readonly LabelRule[])[] | undefined): readonly AlternativeId[] {
    if (selectors === undefined || selectors.length === 0) return [anyNode];
    return [...new Set(selectors.map((alternative) => this.intern(alternative)))];
  }

  rulesOf(id: AlternativeId): readonly LabelRule[] {
    return this.rules[id] ?? [];
  }

  /** The class of a node with these labels. Read every selector before the first node: later ones would be missing. */
  classify(labels: Labels): LabelClass {
    this.keysInRules ??= [...new Set(this.rules.flat().map((rule) => rule.key))].sort(compareText);
    const key = JSON.stringify(this.keysInRules.map((name) => (Object.hasOwn(labels, name) ? labels[name] : null)));
    const known = this.classes.get(key);
    if (known !== undefined) return known;
    const matches = Uint8Array.from(this.rules, (alternative) => (alternative.every((rule) => satisfies(labels, rule)) ? 1 : 0));
    const made = { id: this.classes.size, key, matches };
    this.classes.set(key, made);
    return made;
  }

  private intern(alternative: readonly LabelRule[]): AlternativeId {
    const rules = alternative.map(canonicalRule).sort((one, other) => compareText(JSON.stringify(one), JSON.stringify(other)));
    const key = JSON.stringify(rules);
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    this.ids.set(key, this.rules.length);
    this.rules.push(rules);
    return this.rules.length - 1;
  }
}

function canonicalRule({ key, operator, values }: LabelRule): LabelRule {
  return { key, operator, values: [...new Set(values)].sort(compareText) };
}

/** As in Ray: a label that is missing fails `In` and passes `NotIn`. */
export function satisfies(labels: Labels, { key, operator, values }: LabelRule): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  const isIn = value !== undefined && values.includes(value);
  return operator === "In" ? isIn : !isIn;
}

/** A text that is equal for selectors with the same meaning; the order of alternatives counts, that of rules and values does not. */
export function selectorsKey(selectors: readonly (readonly LabelRule[])[] | undefined): string {
  if (selectors === undefined || selectors.length === 0) return "[[]]";
  return JSON.stringify(selectors.map((alternative) => alternative.map((rule) => JSON.stringify(canonicalRule(rule))).sort(compareText)));
}

/** The rule for a person: `tier in (gold, silver)`. */
export function ruleText({ key, operator, values }: LabelRule): string {
  return `${key} ${operator === "In" ? "in" : "not in"} (${values.join(", ")})`;
}

/** The alternatives for a person, empty when any node will do. */
export function selectorsText(selectors: readonly (readonly LabelRule[])[] | undefined): string {
  const alternatives = (selectors ?? []).map((rules) => rules.map(ruleText).join(" and ") || "any node");
  return alternatives.every((text) => text === "any node") ? "" : ` on nodes with ${alternatives.join(", else ")}`;
}

/** True when nodes with these labels satisfy the alternative. */
export function acceptsLabels(labels: LabelClass, alternative: AlternativeId): boolean {
  return labels.matches[alternative] === 1;
}
