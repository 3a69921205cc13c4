/**
 * The rules of docs/reliability.md, and what the simulation asserts of each: at every write, after every tick, or at the end of a scenario. What a rule says beyond that
 * is not asserted there, and has tests of its own.
 */
export const ruleChecks = {
  S1: "at each size: not above the group's maximum, nor the cluster's; at each idle drain: not below `minReplicas` by what Ray's answers have told; after each tick: no group above its maximum",
  S2: "at each drain: not the head, and no reason but being idle or a notice; at each end: not the head, no machine that is in Ray",
  S3: "at each smaller size: not below the machines that are there",
  S4: "at each size: the group was read in the last 10 s",
  S5: "at each drain, end and smaller size: Ray seen complete in this tick and the one before, asked at most 5 s ago, and the group read both times; at each growth: the head alive in Ray, asked at most 20 s ago; nothing on what was seen before a standstill",
  S6: "at each growth: not more than what waits and `minReplicas` need beside what is on its way; one machine at a time after three that never joined; at each end of a machine that never joined: not before its boot deadline",
  S7: "at each idle drain: not in the agent's first minute, and in a minute no more than ten, a tenth of the workers, or twice the minute before",
  S8: "at each growth: after a refusal that the agent was told of, not within a minute, then two, four and so on up to half an hour, unless a machine came; at each call after throttled ones: not before its wait, which doubles",
  S9: "at each call that writes: the group's own settings are the same after it",
  S10: "at each write: no dry run; after each tick that acts: the same observation, memory and configuration give the same actions, in a dry run too",
  L1: "at the end, with every fault over: in bounded time all work runs and ends, only the minimum is left, and nothing more is written",
} as const;

/** A rule's name. */
export type RuleName = keyof typeof ruleChecks;

/** All of them, in their order. */
export const ruleNames = Object.keys(ruleChecks) as readonly RuleName[];

/** What was asserted, how often, and what did not hold. */
export class RuleLedger {
  /** A sentence for each assertion that did not hold; begins with the rule's name. */
  readonly broken: string[] = [];
  readonly #counts = new Map<RuleName, number>();
  readonly #except: ReadonlySet<RuleName>;

  /** @param except rules that do not bind here, as when the chooser is wrong on purpose. */
  constructor(except: readonly RuleName[] = []) {
    this.#except = new Set(except);
  }

  demand(rule: RuleName, holds: boolean, what: string): void {
    if (this.#except.has(rule)) return;
    this.#counts.set(rule, this.count(rule) + 1);
    if (!holds) this.broken.push(`${rule}: ${what}`);
  }

  /** How often the rule was asserted. */
  count(rule: RuleName): number {
    return this.#counts.get(rule) ?? 0;
  }
}
