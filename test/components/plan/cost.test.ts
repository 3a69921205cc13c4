import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasInterfaceEndpoints, interfaceEndpointServices, planCost } from "../../../components/plan/cost";
import { headPolicy, workerPolicy } from "../../../components/plan/policies";
import type { ClusterSpecInput } from "../../../contract/clusterSpec";
import { buildClusterSpec } from "../../support/clusterSpecBuilder";

type GroupInput = ClusterSpecInput["workerGroups"][number];

/** 1.336 USD an hour. */
const head = { instanceType: "r5dn.4xlarge" };
const nat = 0.05;
/** 0.2016 and 0.8048 USD an hour. */
const cpu: GroupInput = { groupName: "cpu", instanceTypes: ["m7i.xlarge"], minReplicas: 1, maxReplicas: 10 };
const gpu: GroupInput = { groupName: "gpu", instanceTypes: ["g6.xlarge"], maxReplicas: 4 };
const existing = { vpcId: "vpc-1", privateSubnetIds: ["subnet-1"] };

const scope = {
  clusterName: "demo",
  bucketArn: "arn:aws:s3:::demo",
  tokenSecretArn: "arn:aws:secretsmanager:us-east-1:123456789012:secret:demo",
};

describe("planCost", () => {
  it.each<[string, Partial<ClusterSpecInput>, number, number]>([
    ["head, gateway and groups", {}, 1.336 + nat + 0.2016, 1.336 + nat + 2.016 + 3.2192],
    ["as many of the dearest as the cluster's maximum allows", { maxReplicas: 6 }, 1.336 + nat + 0.2016, 1.336 + nat + 2 * 0.2016 + 3.2192],
    ["no more workers than the budget pays", { budget: { maxHourlyUsd: 2 } }, 1.336 + nat + 0.2016, 1.336 + nat + 2],
    ["a gateway in each zone", { network: { nat: "per-zone", zones: 3 } }, 1.336 + 3 * nat + 0.2016, 1.336 + 3 * nat + 5.2352],
    [
      "endpoints instead of gateways",
      { network: { nat: "none", zones: 2 }, ray: { install: "image" } },
      1.336 + 16 * 0.01 + 0.2016,
      1.336 + 16 * 0.01 + 5.2352,
    ],
    [
      "the cache with its copies",
      { gcsFaultTolerance: { nodeType: "cache.r7g.large", replicas: 2 } },
      1.336 + nat + 0.2016 + 0.5256,
      1.336 + nat + 5.2352 + 0.5256,
    ],
    [
      "nothing for a store that is there already",
      { gcsFaultTolerance: { existing: { redisAddress: "redis://10.2.0.4:6379", cidr: "10.2.0.4/32" } } },
      1.336 + nat + 0.2016,
      1.336 + nat + 5.2352,
    ],
    ["nothing for a network that is there already", { network: { existing } }, 1.336 + 0.2016, 1.336 + 5.2352],
  ])("counts %s", (_, overrides, minimum, maximum) => {
    const cost = planCost(buildClusterSpec({ head, workerGroups: [cpu, gpu], ...overrides }));
    expect(cost.atMinimumHourlyUsd).toBeCloseTo(minimum, 2);
    expect(cost.atMaximumHourlyUsd).toBeCloseTo(maximum, 2);
    expect(cost.unknownPrices).toEqual([]);
  });

  it("names what has no known price instead of taking it for nothing", () => {
    const { unknownPrices } = planCost(buildClusterSpec({ workerGroups: [cpu, { ...gpu, instanceTypes: ["p5e.48xlarge"] }] }));
    expect(unknownPrices).toEqual(["p5e.48xlarge"]);
    expect(planCost(buildClusterSpec({ gcsFaultTolerance: { nodeType: "cache.r9z.large" } })).unknownPrices).toEqual(["cache.r9z.large"]);
  });

  it("says where the prices come from", () => {
    expect(planCost(buildClusterSpec()).source).toMatchInlineSnapshot(
      `"AWS public price list, on-demand Linux, by way of aws/karpenter-provider-aws (Apache-2.0), us-east-1, 2026-07-20; network: AWS VPC and PrivateLink price pages, us-east-1, 2026-02"`,
    );
  });

  it("costs at least the minimum, and never less for more", () => {
    const group = fc.record({
      instanceTypes: fc.constantFrom("m7i.xlarge", "g6.xlarge", "r7i.8xlarge").map((name) => [name]),
      minReplicas: fc.integer({ min: 0, max: 20 }),
      extra: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 1, maxLength: 4 }),
        fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
        (groups, slack) => {
          const minima = groups.reduce((sum, { minReplicas }) => sum + minReplicas, 0);
          const overrides = (more: number): Partial<ClusterSpecInput> => ({
            ...(slack === undefined ? {} : { maxReplicas: minima + slack + 1 }),
            workerGroups: groups.map(({ extra, ...rest }, index) => ({
              groupName: `g${index}`,
              maxReplicas: rest.minReplicas + extra + more,
              ...rest,
            })),
          });
          const [less, more] = [planCost(buildClusterSpec(overrides(0))), planCost(buildClusterSpec(overrides(3)))];
          expect(less.atMaximumHourlyUsd).toBeGreaterThanOrEqual(less.atMinimumHourlyUsd);
          expect(more.atMaximumHourlyUsd).toBeGreaterThanOrEqual(less.atMaximumHourlyUsd);
          expect(more.atMinimumHourlyUsd).toBe(less.atMinimumHourlyUsd);
        },
      ),
    );
  });
});

describe("interfaceEndpointServices", () => {
  it("are those that a node calls besides S3, and no other", () => {
    const headDocument = headPolicy({
      ...scope,
      agentParameterArn: "arn:aws:ssm:us-east-1:123456789012:parameter/rayfleet/demo/agent",
      pauseParameterArn: "arn:aws:ssm:us-east-1:123456789012:parameter/rayfleet/demo/pause",
      noticeQueueArn: "arn:aws:sqs:us-east-1:123456789012:demo-notices",
    });
    const statements = [headDocument, workerPolicy(scope)].flatMap((document) => document.Statement);
    const prefixes = statements.flatMap(({ Action }) => Action.map((action) => action.split(":")[0]));
    // No permission is needed to ask who one is. Metrics go to the service `monitoring`. Commands may fall back to `ec2messages`.
    const called = new Set(prefixes.map((prefix) => (prefix === "cloudwatch" ? "monitoring" : prefix))).add("sts");
    expect([...called].filter((service) => service !== "s3" && service !== "ec2messages").sort()).toEqual(
      [...interfaceEndpointServices].sort(),
    );
  });
});

describe("hasInterfaceEndpoints", () => {
  it.each<[NonNullable<ClusterSpecInput["network"]>, boolean]>([
    [{}, false],
    [{ nat: "none" }, true],
    [{ interfaceEndpoints: true }, true],
    [{ existing }, false],
  ])("for %j is %s", (network, expected) => {
    expect(hasInterfaceEndpoints(buildClusterSpec({ network, ray: { install: "image" } }).network)).toBe(expected);
  });
});
