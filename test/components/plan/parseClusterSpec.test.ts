import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planCost } from "../../../components/plan/cost";
import { type ParsedClusterSpec, parseClusterSpec } from "../../../components/plan/parseClusterSpec";
import { formatSpecProblem } from "../../../components/plan/specProblem";
import { planSubnets } from "../../../components/plan/subnets";

const smallest = { platform: "aws", workerGroups: [{ groupName: "cpu", needs: { cpu: 4 }, maxReplicas: 4 }] };

function parse(value: unknown, stackName = "demo"): ParsedClusterSpec {
  return parseClusterSpec(value, { stackName });
}

function problemsOf(value: unknown, stackName?: string): readonly string[] {
  const parsed = parse(value, stackName);
  return "problems" in parsed ? parsed.problems.map(formatSpecProblem) : [];
}

describe("parseClusterSpec", () => {
  it("fills in every default of the smallest file", () => {
    expect(parse(smallest)).toMatchObject({
      ok: {
        name: "demo",
        ray: { version: "2.60.0", python: "3.11", install: "wheel" },
        access: { users: [], scrapers: [], allowPublicUsers: false },
        network: { cidr: "10.80.0.0/16", zones: 2, nat: "single", flowLogs: true },
        head: { instanceType: "r5dn.16xlarge", capacityType: "on-demand" },
        workerGroups: [{ groupName: "cpu", minReplicas: 0, maxReplicas: 4, capacityType: "on-demand", bootDeadlineSeconds: 900 }],
        idleTimeoutSeconds: 300,
        upscalingSpeed: 1,
        orphanTimeoutSeconds: 900,
        agent: { tickSeconds: 2, dryRun: false },
      },
    });
  });

  it("prefers the file's name to the stack's", () => {
    expect(parse({ ...smallest, name: "mine" })).toMatchObject({ ok: { name: "mine" } });
  });

  it.each<[string, unknown, readonly string[]]>([
    [
      "a key that is misspelt",
      { ...smallest, workerGroup: [] },
      ['workerGroup: is not a known key; got "workerGroup"; expected workerGroups. Rename it to workerGroups.'],
    ],
    [
      "a required key that is misspelt, once",
      { ...smallest, workerGroups: [{ groupName: "cpu", needs: { cpu: 4 }, maxReplica: 4 }] },
      ['workerGroups[0].maxReplica: is not a known key; got "maxReplica"; expected maxReplicas. Rename it to maxReplicas.'],
    ],
    [
      "a key by the word that Ray's own cluster file has for it",
      { ...smallest, workerGroups: [{ ...smallest.workerGroups[0], idle_timeout_minutes: 5 }] },
      [
        'workerGroups[0].idle_timeout_minutes: is not a known key; got "idle_timeout_minutes"; expected idleTimeoutSeconds. Rename it to idleTimeoutSeconds.',
      ],
    ],
    [
      "a key that is like no other",
      { ...smallest, watchdog: { pager: 1 } },
      ['watchdog.pager: is not a known key; got "pager"; expected one of snsTopicArn. Remove it.'],
    ],
    ["a key that is missing", { workerGroups: smallest.workerGroups }, ["platform: is missing; got nothing; expected aws. Add it."]],
    [
      "a key without a value",
      { ...smallest, idleTimeoutSeconds: null },
      ["idleTimeoutSeconds: has no value; got nothing; expected a whole number from 10 to 86400, or auto. Give it one or remove the key."],
    ],
    [
      "a number in quotes",
      { ...smallest, maxReplicas: "4" },
      ['maxReplicas: is of the wrong kind; got "4"; expected a whole number, 1 or more. Remove the quotes.'],
    ],
    [
      "text without quotes",
      { ...smallest, tags: { owner: 7 } },
      ["tags.owner: is of the wrong kind; got 7; expected text. Put it in quotes."],
    ],
    [
      "a version that YAML takes for a number",
      { ...smallest, ray: { python: 3.1 } },
      ["ray.python: is not one of the allowed values; got 3.1; expected one of 3.10, 3.11, 3.12, 3.13. Put it in quotes."],
    ],
    [
      "a switch in quotes",
      { ...smallest, agent: { dryRun: "true" } },
      ['agent.dryRun: is of the wrong kind; got "true"; expected true or false. Remove the quotes.'],
    ],
    [
      "an allowed value that is misspelt",
      { ...smallest, network: { nat: "pre-zone" } },
      ['network.nat: is not one of the allowed values; got "pre-zone"; expected one of per-zone, single, none. Write per-zone.'],
    ],
    [
      "a value that is not allowed",
      { ...smallest, network: { flowLogRetentionDays: 2 } },
      [
        "network.flowLogRetentionDays: is not one of the allowed values; got 2; expected one of 1, 3, 5, 7, 14, 30, 60, 90. Choose one that is allowed.",
      ],
    ],
    [
      "an allowed number in quotes",
      { ...smallest, network: { flowLogRetentionDays: "30" } },
      [
        'network.flowLogRetentionDays: is not one of the allowed values; got "30"; expected one of 1, 3, 5, 7, 14, 30, 60, 90. Remove the quotes.',
      ],
    ],
    [
      "numbers outside their range",
      { ...smallest, idleTimeoutSeconds: 5, upscalingSpeed: 5000 },
      [
        "idleTimeoutSeconds: is too small; got 5; expected a whole number from 10 to 86400, or auto. Raise it.",
        "upscalingSpeed: is too large; got 5000; expected a number above 0, at most 1000. Lower it.",
      ],
    ],
    [
      "what is neither of the kinds that a key may have",
      { ...smallest, idleTimeoutSeconds: "Auto" },
      ['idleTimeoutSeconds: is not one of the allowed values; got "Auto"; expected a whole number from 10 to 86400, or auto. Write auto.'],
    ],
    [
      "a quoted number beside a word that may stand there",
      { ...smallest, idleTimeoutSeconds: "300" },
      ['idleTimeoutSeconds: is of the wrong kind; got "300"; expected a whole number from 10 to 86400, or auto. Remove the quotes.'],
    ],
    [
      "another kind where several may stand",
      { ...smallest, idleTimeoutSeconds: true },
      [
        "idleTimeoutSeconds: is not one of the allowed values; got true; expected a whole number from 10 to 86400, or auto. Choose one that is allowed.",
      ],
    ],
    [
      "a number with a fraction where none may be",
      { ...smallest, network: { zones: 1.5 } },
      ["network.zones: is of the wrong kind; got 1.5; expected a whole number from 1 to 4. Write a whole number from 1 to 4."],
    ],
    [
      "lists that are too short or too long",
      { platform: "aws", workerGroups: [], access: { users: Array.from({ length: 21 }, (_, index) => `10.0.${index}.0/24`) } },
      [
        expect.stringMatching(
          /^access\.users: is too long; got \[.*…; expected a list of at most 20\. Remove some\.$/,
        ) as unknown as string,
        "workerGroups: is too short; got []; expected a list of 1 to 100. Add what is missing.",
      ],
    ],
    [
      "text of the wrong form",
      { ...smallest, network: { cidr: "10.80.0.0" } },
      ['network.cidr: does not have the right form; got "10.80.0.0"; expected an IPv4 block such as 10.80.0.0/16. Write it in that form.'],
    ],
    [
      "empty text",
      { ...smallest, setupCommands: [""] },
      ['setupCommands[0]: is too short; got ""; expected some text. Add what is missing.'],
    ],
    [
      "a name that cannot be one",
      { ...smallest, environment: { "1st": "x" } },
      [
        'environment["1st"]: is not a usable name; got "1st"; expected letters, digits and underscores, not starting with a digit. Rename it.',
      ],
    ],
    [
      "an environment value of the wrong kind, without showing it",
      { ...smallest, environment: { PASSWORD: 12345 } },
      ["environment.PASSWORD: is of the wrong kind; got a number; expected text. Put it in quotes."],
    ],
    [
      "text in place of everything",
      "aws",
      ['rayfleet:cluster: is of the wrong kind; got "aws"; expected a mapping of keys to values. Write a mapping of keys to values.'],
    ],
  ])("refuses %s", (_, value, says) => {
    expect(problemsOf(value)).toEqual(says);
  });

  it("refuses a stack's name that cannot name a cluster, unless the file has one", () => {
    expect(problemsOf(smallest, "My_Stack")).toEqual([
      'name: is the stack\'s name, which cannot name a cluster; got "My_Stack"; expected 1 to 32 lower-case letters, digits and dashes, starting with a letter, not ending with a dash. Set name.',
    ]);
    expect(problemsOf({ ...smallest, name: "mine" }, "My_Stack")).toEqual([]);
  });

  it("reports everything at once, in the user's own positions", () => {
    const problems = problemsOf({
      platform: "aws",
      ray: { version: "2.40.0" },
      access: { users: ["bogus", "0.0.0.0/0"] },
      workerGroups: [
        { groupName: "X" },
        { groupName: "b", instanceTypes: ["m7i.4xlrage"], minReplicas: 5, maxReplicas: 4, labels: 3 },
        { groupName: "b", needs: { cpu: 4 }, maxReplicas: 1 },
      ],
    });
    expect(problems.map((problem) => problem.slice(0, problem.indexOf(";")))).toEqual([
      "access.users[0]: does not have the right form",
      "workerGroups[0].groupName: does not have the right form",
      "workerGroups[0].maxReplicas: is missing",
      "workerGroups[1].labels: is of the wrong kind",
      "ray.version: is too old for token authentication",
      "workerGroups[2].groupName: is the name of an earlier group too",
      "workerGroups[1].maxReplicas: is below minReplicas",
      "workerGroups[1].instanceTypes[0]: is not a known machine type",
      "access.users[1]: opens the dashboard and the job API to the internet",
    ]);
  });

  it.each<[string, unknown]>([
    ["needs that are misspelt", { ...smallest, workerGroups: [{ groupName: "cpu", need: { cpu: 4 }, maxReplicas: 4 }] }],
    ["a switch that could not be read", { ...smallest, access: { users: ["0.0.0.0/0"], allowPublicUsers: "yes" } }],
    [
      "a number that could not be read",
      { ...smallest, network: { cidr: "10.0.0.0/24", zones: "4" }, workerGroups: [{ ...smallest.workerGroups[0], maxReplicas: 60 }] },
    ],
    ["a machine that could not be read", { ...smallest, head: { instanceType: 5, objectStoreMemoryGiB: 500 } }],
  ])("does not guess beyond %s", (_, value) => {
    expect(problemsOf(value)).toHaveLength(1);
  });

  it("never throws, and says of every problem where, what and how to mend it", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const problems = problemsOf(value);
        expect(problems.length).toBeGreaterThan(0);
        for (const problem of problems) {
          expect(problem).toMatch(/^.+: .+; got .+; expected .+\. .+\.$/s);
        }
      }),
    );
  });

  it("accepts only what can be planned", () => {
    const type = fc.constantFrom("m7i.xlarge", "g6.xlarge", "m7g.xlarge", "m7i.huge", "c7i.large");
    const network = fc.record(
      {
        cidr: fc.constantFrom("10.0.0.0/16", "10.0.0.0/24", "10.0.0.0/28", "10.0.0.1/16"),
        zones: fc.integer({ min: 0, max: 5 }),
        nat: fc.constantFrom("none", "single", "per-zone"),
      },
      { requiredKeys: [] },
    );
    const group = fc.record(
      {
        groupName: fc.constantFrom("a", "b", "head", "A"),
        instanceTypes: fc.array(type, { maxLength: 3 }),
        needs: fc.record(
          { cpu: fc.integer({ min: 0, max: 400 }), gpu: fc.record({ type: fc.constantFrom("L4", "K80") }) },
          { requiredKeys: [] },
        ),
        minReplicas: fc.integer({ min: -1, max: 5 }),
        maxReplicas: fc.integer({ min: 0, max: 60 }),
      },
      { requiredKeys: ["groupName", "maxReplicas"] },
    );
    const specification = fc.record({
      platform: fc.constant("aws"),
      network,
      head: fc.record({ instanceType: type }, { requiredKeys: [] }),
      workerGroups: fc.array(group, { minLength: 1, maxLength: 2 }),
    });
    fc.assert(
      fc.property(specification, (value) => {
        const parsed = parse(value);
        if ("ok" in parsed) {
          expect(planSubnets(parsed.ok.network)).toHaveLength(parsed.ok.network.zones);
          expect(planCost(parsed.ok).atMinimumHourlyUsd).toBeGreaterThan(0);
        } else {
          expect(parsed.problems.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
