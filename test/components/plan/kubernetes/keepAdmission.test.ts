import { describe, expect, it } from "vitest";
import { keepAdmission } from "../../../../components/plan/kubernetes/keepAdmission";

const bears = (key: string) => ({ key, operator: "Exists" });
const groups = (head: object, worker: object) => ({
  rayVersion: "2.60.0",
  headGroupSpec: { template: head },
  workerGroupSpecs: [{ groupName: "cpu", maxReplicas: 3, template: worker }],
});
const declared = groups(
  { spec: { containers: [] } },
  { spec: { containers: [], nodeSelector: { pool: "ray" }, tolerations: [bears("ray")] } },
);
const admitted = groups(
  { spec: { containers: [], nodeSelector: { "cloud.example/flavor": "spot" } } },
  {
    metadata: { labels: { "kueue.x-k8s.io/podset": "cpu" } },
    spec: { containers: [], nodeSelector: { pool: "ray", "cloud.example/flavor": "spot" }, tolerations: [bears("ray"), bears("spot")] },
  },
);

describe("keepAdmission", () => {
  it("keeps what Kueue wrote into the templates, in each group, beside what is declared", () => {
    expect(keepAdmission(declared, { live: admitted, previous: declared })).toEqual(admitted);
    expect(keepAdmission(declared, { live: admitted })).toEqual(admitted);
  });

  it("changes nothing where nothing was written, and nothing when done again", () => {
    expect(keepAdmission(declared, { live: declared, previous: declared })).toEqual(declared);
    const once = keepAdmission(declared, { live: admitted, previous: declared });
    expect(keepAdmission(once, { live: admitted, previous: declared })).toEqual(once);
  });

  it("lets go what was declared before and is not any more", () => {
    const without = groups({ spec: { containers: [] } }, { spec: { containers: [] } });
    expect(keepAdmission(without, { live: admitted, previous: declared }).workerGroupSpecs).toMatchObject([
      { template: { spec: { nodeSelector: { "cloud.example/flavor": "spot" }, tolerations: [bears("spot")] } } },
    ]);
    const { spec } = (keepAdmission(without, { live: admitted, previous: declared }).workerGroupSpecs[0]?.template ?? {}) as {
      spec: { nodeSelector: object; tolerations: object[] };
    };
    expect([Object.keys(spec.nodeSelector), spec.tolerations.length]).toEqual([["cloud.example/flavor"], 1]);
  });

  it("takes what is declared where both say something, and leaves a group that is not there yet as it is", () => {
    const other = groups({ spec: { containers: [] } }, { spec: { containers: [], nodeSelector: { "cloud.example/flavor": "mine" } } });
    expect(keepAdmission(other, { live: admitted, previous: declared }).workerGroupSpecs).toMatchObject([
      { template: { spec: { nodeSelector: { "cloud.example/flavor": "mine" } } } },
    ]);
    const added = {
      ...declared,
      workerGroupSpecs: [...declared.workerGroupSpecs, { groupName: "gpu", maxReplicas: 1, template: { spec: { containers: [] } } }],
    };
    expect(keepAdmission(added, { live: admitted, previous: declared }).workerGroupSpecs[1]).toEqual(added.workerGroupSpecs[1]);
  });
});
