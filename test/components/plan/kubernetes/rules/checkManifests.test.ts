import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkManifests } from "../../../../../components/plan/kubernetes/rules/checkManifests";
import { manifestRules } from "../../../../../components/plan/kubernetes/rules/manifestRules";
import { rayKinds } from "../../../../../contract/kuberay/kubeRayFields";
import { rayClusterSpecFields } from "../../../../../contract/kuberay/rayClusterSpecFields";
import { aClusterSpec, aRayCluster, aRayCronJob, aRayJob, aRayService } from "../../../../support/kubeRayManifests";
import { allCases } from "./cases/allCases";
import { aContext, group } from "./cases/ruleCase";

/** As it comes from a file: what is undefined is not there. */
function written(object: unknown): unknown {
  return JSON.parse(JSON.stringify(object));
}

function rulesBroken(object: unknown, context = aContext()): readonly string[] {
  return [...new Set(checkManifests([written(object)], context).problems.map(({ rule }) => rule))];
}

describe("each rule", () => {
  it("has a case of its own, and each case a rule", () => {
    expect(Object.keys(allCases).sort()).toEqual(manifestRules.map(({ id }) => id).sort());
  });

  it.each(Object.entries(allCases))(
    "%s passes the right manifest and is alone in refusing the wrong one",
    (id, { right, wrong, context }) => {
      expect(rulesBroken(right, aContext(context))).toEqual([]);
      expect(rulesBroken(wrong, aContext(context))).toEqual([id]);
    },
  );
});

describe("checkManifests", () => {
  const wrongGroup = group({ minReplicas: 3, maxReplicas: 2 });
  const wrongCluster = aClusterSpec({ workerGroupSpecs: [wrongGroup] });

  it.each([
    [aRayCluster({ workerGroupSpecs: [wrongGroup] }), "spec.workerGroupSpecs[0].minReplicas"],
    [aRayJob({ rayClusterSpec: wrongCluster }), "spec.rayClusterSpec.workerGroupSpecs[0].minReplicas"],
    [aRayService({ rayClusterConfig: wrongCluster }), "spec.rayClusterConfig.workerGroupSpecs[0].minReplicas"],
    [
      aRayCronJob({ jobTemplate: aRayJob({ rayClusterSpec: wrongCluster }).spec }),
      "spec.jobTemplate.rayClusterSpec.workerGroupSpecs[0].minReplicas",
    ],
  ])("finds a mistake of the cluster where the kind has it: %#", (object, path) => {
    const context = aContext({ featureGates: { RayCronJob: true } });
    expect(checkManifests([written(object)], context).problems).toEqual([
      {
        path,
        problem: "is above maxReplicas",
        got: "3 > 2",
        expected: "minReplicas ≤ maxReplicas",
        fix: "Lower it or raise maxReplicas.",
        rule: "min-above-max",
        caughtBy: "operator",
        object: 0,
        kind: object.kind,
        name: "demo",
        keys: expect.any(Array),
      },
    ]);
  });

  it("reports all problems of all objects at once, in their order", () => {
    const objects = [aRayCluster(), aRayJob({ submissionMode: "Foo" as never, backoffLimit: -1 }), aRayCluster({}, { name: "1" })];
    const { problems } = checkManifests(written(objects) as unknown[], aContext());
    expect(problems.map(({ object, rule }) => [object, rule])).toEqual([
      [1, "retries-negative"],
      [1, "submission-mode-unknown"],
      [2, "name-form"],
    ]);
  });

  it("counts objects of other kinds and passes them over, and looks into lists", () => {
    const list = { apiVersion: "v1", kind: "List", items: [aRayCluster({}, { name: "1" }), { apiVersion: "v1", kind: "Service" }] };
    const { problems, checked, passedOver } = checkManifests(
      [written(list), { kind: "RayCluster", apiVersion: "example.com/v1" }, null],
      aContext(),
    );
    expect([problems.map(({ path }) => path), checked, passedOver]).toEqual([["items[0].metadata.name"], 1, 3]);
  });

  it("says who would catch it where the object goes", () => {
    const caughtBy = (object: unknown, context = aContext()) =>
      checkManifests([written(object)], context).problems.map((problem) => problem.caughtBy);
    expect(caughtBy(aRayCluster({}, { name: "1" }))).toEqual(["operator"]);
    expect(caughtBy(aRayCluster({}, { name: "1" }), aContext({ webhook: true }))).toEqual(["webhook"]);
    const aboveMaximum = aRayCluster({ workerGroupSpecs: [wrongGroup] });
    expect(caughtBy(aboveMaximum, aContext({ operatorVersion: "1.5.2" }))).toEqual(["nobody"]);
  });

  it("does not show values that may be secret", () => {
    const secret = "correct-horse";
    const env = ["REDIS_PASSWORD", "REDIS_USERNAME", "RAY_REDIS_ADDRESS"].map((name) => ({ name, value: secret }));
    const headGroupSpec = {
      rayStartParams: { "redis-password": secret },
      template: { spec: { containers: [{ name: "ray", env }] } },
    };
    const gcsFaultToleranceOptions = { redisAddress: "redis:6379", redisPassword: { value: secret } };
    const { problems } = checkManifests([aRayCluster({ headGroupSpec, gcsFaultToleranceOptions })], aContext());
    expect(problems).toHaveLength(4);
    expect(JSON.stringify(problems)).not.toContain(secret);
  });

  /** Objects whose keys are KubeRay's and whose values are anything. */
  const keys = [
    "spec",
    "template",
    "containers",
    "metadata",
    "workerGroupSpecs",
    "constructor",
    "__proto__",
    "toString",
    ...Object.keys(rayClusterSpecFields),
  ];
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom("v2", "token", "rocksdb", "1.5.0", true, -1, 1e308),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...keys), tie("tree"), { maxKeys: 6 }),
    ),
  }));
  const anyObject = fc.oneof(
    fc.jsonValue(),
    fc.record(
      { apiVersion: fc.constant("ray.io/v1"), kind: fc.constantFrom(...rayKinds), metadata: tree, spec: tree },
      { requiredKeys: ["apiVersion", "kind"] },
    ),
  );

  it("never throws, whatever the objects are, and says the same twice", () => {
    fc.assert(
      fc.property(fc.array(anyObject, { maxLength: 3 }), fc.constantFrom("1.5.0", "1.7.0", "x"), (objects, operatorVersion) => {
        const context = aContext({ operatorVersion });
        expect(checkManifests(objects, context)).toEqual(checkManifests(written(objects) as unknown[], context));
      }),
      { numRuns: 500 },
    );
  });
});
