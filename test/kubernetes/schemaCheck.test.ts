import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { rayKinds } from "../../contract/kuberay/kubeRayFields";
import { casesByCatcher } from "../components/plan/kubernetes/rules/cases/casesByCatcher";
import { aRayCluster, aWorkerGroup } from "../support/kubeRayManifests";
import { exampleNames, plannedExample } from "./exampleSpecs";
import { buildSchemaCheck, schemaCheckMissing, schemaComplaints } from "./schemaCheck";

const ownFolder = join(__dirname, "crds");
const own = readdirSync(ownFolder).map((file) => join(ownFolder, file));
/** KubeRay's own CRDs, where they are at hand: the project has none of KubeRay's files. */
const kubeRays = rayKinds.map((kind) => resolve(__dirname, `../../../shared/data/kuberay-crds/ray.io_${kind.toLowerCase()}s.yaml`));
const kubeRaysMissing = schemaCheckMissing ?? (kubeRays.every(existsSync) ? undefined : "KubeRay's CRDs are not beside the checkout");
const skipped = (reason: string | undefined) => (reason === undefined ? "" : ` (skipped: ${reason})`);

describe.skipIf(schemaCheckMissing)(`the API server's own schema code${skipped(schemaCheckMissing)}`, () => {
  beforeAll(buildSchemaCheck, 600_000);

  const plannedOf = (name: string) => plannedExample(name).objects;

  it.each(exampleNames)("takes what is planned for the example %s, under the project's CRDs", (name) => {
    const complaints = schemaComplaints(own, plannedOf(name));
    expect(complaints.filter((one) => one !== undefined).flat()).toEqual([]);
    expect(complaints.some((one) => one !== undefined)).toBe(true);
  });

  const group = aWorkerGroup({ groupName: "cpu" });
  it.each([
    ["a field that is unknown", { ...group, maxReplica: 3 }, 'unknown field "spec.workerGroupSpecs[0].maxReplica"'],
    ["a number that is a word", { ...group, replicas: "two" }, "spec.workerGroupSpecs[0].replicas"],
    ["a group without a name", { ...group, groupName: undefined }, "groupName: Required value"],
  ])("refuses %s, under the project's CRDs", (_what, wrong, complaint) => {
    const [complaints] = schemaComplaints(own, [aRayCluster({ workerGroupSpecs: [wrong as typeof group] })]);
    expect(complaints?.join("\n")).toContain(complaint);
  });

  describe.skipIf(kubeRaysMissing)(`under KubeRay's CRDs${skipped(kubeRaysMissing)}`, () => {
    it.each(exampleNames)("takes what is planned for the example %s", (name) => {
      const objects = plannedOf(name).filter(({ kind }) => rayKinds.some((ray) => ray === kind));
      expect(schemaComplaints(kubeRays, objects).map((one) => one ?? ["is no kind of KubeRay's"])).toEqual(objects.map(() => []));
    });

    it("takes right and wrong cases of the rules that others catch, but for fields of other releases", () => {
      const cases = casesByCatcher(["operator", "pod creation", "nobody", "Kueue"]);
      const complaints = schemaComplaints(
        kubeRays,
        cases.map(({ body }) => body),
      );
      const ofOurs = (one: readonly string[] = []) => one.filter((text) => !text.startsWith("unknown field"));
      expect(
        cases.flatMap(({ what }, index) => (ofOurs(complaints[index]).length === 0 ? [] : [{ what, complaints: complaints[index] }])),
      ).toEqual([]);
    });

    it("refuses the wrong cases of the rules that are said to be the API server's, and takes the right ones", () => {
      const cases = casesByCatcher(["API server"]);
      const complaints = schemaComplaints(
        kubeRays,
        cases.map(({ body }) => body),
      );
      const refused = cases.map(({ what }, index) => ({
        what,
        isRight: (complaints[index] ?? []).every((text) => text.startsWith("unknown field")),
      }));
      expect(refused).toEqual(cases.map(({ what, isRight }) => ({ what, isRight })));
    });
  });
});
