import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePlatformSpec } from "../../../components/plan/platformSpecs";
import { formatSpecProblem } from "../../../components/plan/specProblem";

function problemsOf(value: unknown, stackName = "demo"): readonly string[] {
  const parsed = parsePlatformSpec(value, { stackName });
  return "problems" in parsed ? parsed.problems.map(formatSpecProblem) : [];
}

describe("parsePlatformSpec", () => {
  it("reads each platform's file by its own keys", () => {
    const groups = (more: object) => [{ groupName: "cpu", maxReplicas: 1, ...more }];
    const aws = parsePlatformSpec({ platform: "aws", workerGroups: groups({ needs: { cpu: 4 } }) }, { stackName: "demo" });
    expect(aws).toMatchObject({ ok: { platform: "aws", name: "demo", head: { instanceType: "r5dn.16xlarge" } } });
    const kubernetes = parsePlatformSpec({ platform: "kubernetes", workerGroups: groups({ cpu: 4, memoryGiB: 8 }) }, { stackName: "demo" });
    expect(kubernetes).toMatchObject({
      ok: { platform: "kubernetes", name: "demo", namespace: "ray", autoscaler: "kuberay", idleTimeoutSeconds: 300 },
    });
    expect(problemsOf({ platform: "kubernetes", workerGroups: groups({ cpu: 4, memoryGiB: 8 }), watchdog: {} })[0]).toContain(
      "watchdog: is not a known key",
    );
    expect(problemsOf({ platform: "aws", workerGroups: groups({ needs: { cpu: 4 } }), ingress: {} })[0]).toContain(
      "ingress: is not a known key",
    );
  });

  it.each([
    [{}, "platform: is missing; got nothing; expected one of aws, kubernetes. Add it."],
    [undefined, "platform: is missing; got nothing; expected one of aws, kubernetes. Add it."],
    [
      { platform: "kubernets" },
      'platform: is not one of the allowed values; got "kubernets"; expected one of aws, kubernetes. Write kubernetes.',
    ],
    [
      { platform: "toString" },
      'platform: is not one of the allowed values; got "toString"; expected one of aws, kubernetes. Choose one that is allowed.',
    ],
    [{ platform: 7 }, "platform: is not one of the allowed values; got 7; expected one of aws, kubernetes. Choose one that is allowed."],
  ])("asks for a platform in %j", (value, says) => {
    expect(problemsOf(value)).toEqual([says]);
  });

  it("takes the stack's name only where it can name a cluster", () => {
    const value = { platform: "kubernetes", workerGroups: [{ groupName: "cpu", cpu: 1, memoryGiB: 1, maxReplicas: 1 }] };
    expect(problemsOf(value, "My.Stack")).toEqual([
      'name: is the stack\'s name, which cannot name a cluster; got "My.Stack"; expected 1 to 53 lower-case letters, digits and dashes, starting with a letter, not ending with a dash. Set name.',
    ]);
  });

  it("never throws on any file for Kubernetes, and says of every problem what and how to mend it", () => {
    const key = fc.constantFrom(
      "workerGroups",
      "head",
      "operator",
      "networkPolicy",
      "ingress",
      "kueue",
      "gcsFaultTolerance",
      "nodeLabels",
      "budget",
      "autoscaler",
    );
    const group = fc.record(
      { groupName: fc.string(), cpu: fc.oneof(fc.integer(), fc.float()), memoryGiB: fc.integer(), maxReplicas: fc.integer() },
      { requiredKeys: [] },
    );
    const file = fc.dictionary(key, fc.oneof(fc.jsonValue(), fc.array(group)));
    fc.assert(
      fc.property(file, (written) => {
        const parsed = parsePlatformSpec({ ...written, platform: "kubernetes" }, { stackName: "demo" });
        const problems = "problems" in parsed ? parsed.problems : [];
        expect(problems.every(({ problem, got, expected, fix }) => [problem, got, expected, fix].every((text) => text !== ""))).toBe(true);
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});
