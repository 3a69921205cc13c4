import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDecisionRequest } from "../../../autoscaler-agent/decide/parseDecisionRequest";
import { anyRequest } from "../../support/decisionArbitraries";
import { aBusyNode, aDemand, aGang, aGroup, aQuota, aRequest } from "../../support/decisionBuilders";

/** All problems as text. */
function problemsOf(value: unknown): readonly string[] {
  const parsed = parseDecisionRequest(value);
  return parsed.ok ? [] : parsed.problems.map(({ message }) => message);
}

describe("parseDecisionRequest", () => {
  it("accepts every request that is right, and changes nothing in it", () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        expect(parseDecisionRequest(request)).toEqual({ ok: true, request });
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["no object", 7, "request: cannot be used; got 7; expected object. Correct the value."],
    ["a missing list", { ...aRequest(), nodes: undefined }, "nodes: cannot be used; got nothing; expected array. Correct the value."],
    [
      "a name without meaning",
      { ...aRequest(), node: [] },
      'node: is not known; got "node"; expected only the keys of the request schema. Remove it or correct its name.',
    ],
    [
      "a negative amount",
      aRequest({ demands: [aDemand(1, { shape: { CPU: -1 } })] }),
      "demands[0].shape.CPU: cannot be used; got -1; expected ≥ 0. Correct the value.",
    ],
    [
      "an amount that is no number",
      aRequest({ groups: [aGroup({ resources: { CPU: Number.NaN } })] }),
      "groups[0].resources.CPU: cannot be used; got NaN; expected a finite number. Correct the value.",
    ],
    [
      "an amount without end",
      aRequest({ nodes: [aBusyNode("a", { total: { CPU: Number.POSITIVE_INFINITY } })] }),
      "nodes[0].total.CPU: cannot be used; got Infinity; expected a finite number. Correct the value.",
    ],
    [
      "a huge amount",
      aRequest({ demands: [aDemand(1, { shape: { CPU: 1e16 } })] }),
      "demands[0].shape.CPU: cannot be used; got 10000000000000000; expected ≤ 1000000000000000. Correct the value.",
    ],
    [
      "half a task",
      aRequest({ demands: [aDemand(0.5)] }),
      "demands[0].count: cannot be used; got 0.5; expected a whole number. Correct the value.",
    ],
    [
      "a count of nothing",
      aRequest({ gangs: [aGang({ count: 0 })] }),
      "gangs[0].bundles[0].count: cannot be used; got 0; expected > 0. Correct the value.",
    ],
    [
      "a huge count",
      aRequest({ demands: [aDemand(1e12)] }),
      "demands[0].count: cannot be used; got 1000000000000; expected ≤ 10000000000. Correct the value.",
    ],
    [
      "an unknown state",
      aRequest({ nodes: [{ ...aBusyNode("a"), state: "lost" as "running" }] }),
      'nodes[0].state: cannot be used; got "lost"; expected one of running, starting, draining. Correct the value.',
    ],
    [
      "a group without a name",
      aRequest({ groups: [aGroup({ groupName: "" })] }),
      'groups[0].groupName: cannot be used; got ""; expected ≥ 1 characters. Correct the value.',
    ],
    [
      "a quota of a group that is not there",
      aRequest({ limits: { quotas: [aQuota(4, { groups: [{ groupName: "gpu", vcpusPerNode: 4 }] })] } }),
      'limits.quotas[0].groups[0].groupName: is no group of the request; got "gpu"; expected the groupName of one of the groups. Correct the name or leave it out.',
    ],
    [
      "two quotas of one name",
      aRequest({ limits: { quotas: [aQuota(4), aQuota(8)] } }),
      'limits.quotas[1].name: is used twice; got "standard"; expected a name of its own. Rename one of the two or leave it out.',
    ],
    [
      "a group that a quota counts twice",
      aRequest({ limits: { quotas: [aQuota(4, { groups: [...aQuota(4).groups, ...aQuota(4).groups] })] } }),
      'limits.quotas[0].groups[1].groupName: is used twice; got "cpu"; expected a name of its own. Rename one of the two or leave it out.',
    ],
    [
      "a node without vCPUs in a quota",
      aRequest({ limits: { quotas: [aQuota(4, { groups: [{ groupName: "cpu", vcpusPerNode: 0 }] })] } }),
      "limits.quotas[0].groups[0].vcpusPerNode: cannot be used; got 0; expected > 0. Correct the value.",
    ],
    [
      "a minimum over the maximum",
      aRequest({ groups: [aGroup({ minReplicas: 4, maxReplicas: 2 })] }),
      "groups[0].minReplicas: is above maxReplicas; got 4 > 2; expected minReplicas ≤ maxReplicas. Raise maxReplicas or lower minReplicas.",
    ],
    [
      "a group name twice",
      aRequest({ groups: [aGroup(), aGroup()] }),
      'groups[1].groupName: is used twice; got "cpu"; expected a name of its own. Rename one of the two or leave it out.',
    ],
    [
      "a node id twice",
      aRequest({ nodes: [aBusyNode("a"), aBusyNode("a")] }),
      'nodes[1].id: is used twice; got "a"; expected a name of its own. Rename one of the two or leave it out.',
    ],
  ])("refuses %s", (_, value, problem) => {
    expect(problemsOf(value)).toEqual([problem]);
  });

  it("finds all mistakes at once, each with its path", () => {
    const parsed = parseDecisionRequest({ ...aRequest(), limits: { maxReplicas: -1, upscalingSpeed: -1 }, demands: [{ shape: {} }] });
    expect(parsed.ok ? [] : parsed.problems.map(({ path }) => path)).toEqual([
      "demands[0].count",
      "limits.maxReplicas",
      "limits.upscalingSpeed",
    ]);
  });

  it("says what it expects of a list that is nested too deeply to be shown", () => {
    const deep = JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`) as unknown;
    expect(problemsOf(deep)).toEqual(["request: cannot be used; got an array that cannot be shown; expected object. Correct the value."]);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(parseDecisionRequest(value).ok).toBe(false);
      }),
    );
  });
});
