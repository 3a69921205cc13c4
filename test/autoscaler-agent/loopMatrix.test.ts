import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type FaultName, faultNames } from "../support/faultClasses";
import { liveThroughTrial, trialsAlone, trialsOfPairs } from "../support/faultMatrix";
import { type RuleName, ruleNames } from "../support/ruleLedger";

const page = readFileSync(join(__dirname, "../../docs/reliability.md"), "utf8");

/** The fault's row in the page's matrix of faults and rules. */
function rowOnPage(fault: FaultName): string | undefined {
  return new RegExp(`^\\| ${fault} \\|(?: [●·] \\|)+$`, "m").exec(page)?.[0];
}

// A broken rule throws out of the trial.
describe("AgentLoop under every class of faults", () => {
  it.each(faultNames)(
    "keeps every rule under %s, whenever it comes, over memory, AWS and KubeRay, and asserts what the page says",
    async (fault) => {
      const asserted = new Set<RuleName>(["L1"]);
      for (const trial of trialsAlone(fault)) {
        const { during } = await liveThroughTrial(trial);
        for (const rule of during) asserted.add(rule);
      }
      expect(rowOnPage(fault)).toBe(`| ${fault} |${ruleNames.map((rule) => (asserted.has(rule) ? " ● |" : " · |")).join("")}`);
    },
    60_000,
  );

  it.each(faultNames.slice(0, -1))(
    "keeps every rule under %s and each other class at once",
    async (fault) => {
      for (const trial of trialsOfPairs("each run").filter(({ faults: [first] }) => first === fault)) {
        await liveThroughTrial(trial);
      }
    },
    60_000,
  );
});
