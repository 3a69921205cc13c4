import { liveThroughTrial, trialName, trialsOfPairs } from "./support/faultMatrix";
import { ruleNames } from "./support/ruleLedger";

/** Between two lines of progress, in trials. */
const SAY_EVERY = 200;

/**
 * `make matrix`: every pair of fault classes in both orders, at every moment, over the in-memory, the AWS and the KubeRay backend. Prints how often each rule was asserted and each trial
 * that broke one, and ends with exit code 1 then.
 */
async function main(): Promise<void> {
  const trials = trialsOfPairs("all");
  const asserted = new Map(ruleNames.map((rule) => [rule, 0]));
  const broken: string[] = [];
  for (const [index, trial] of trials.entries()) {
    try {
      const { simulation } = await liveThroughTrial(trial);
      for (const rule of ruleNames) asserted.set(rule, (asserted.get(rule) ?? 0) + simulation.rules.count(rule));
    } catch (thrown) {
      broken.push(`${trialName(trial)}: ${String(thrown)}`);
      console.log(broken.at(-1));
    }
    if ((index + 1) % SAY_EVERY === 0) console.log(`${index + 1} of ${trials.length} trials, ${broken.length} broke a rule`);
  }
  console.log(`\n| rule | asserted |\n| --- | ---: |`);
  for (const [rule, count] of asserted) console.log(`| ${rule} | ${count.toLocaleString("en")} |`);
  console.log(`\n${trials.length} trials, ${broken.length} broke a rule`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}

void main();
