import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pulumiMissing } from "../emulator/plugin/pulumiCommand";
import { addKind, type ControlPlane, controlPlaneMissing, startControlPlane } from "./controlPlane";
import { layPulumiHome, runPulumi } from "./pulumiHome";
import { StandInOperator } from "./standInOperator";

const root = resolve(__dirname, "../..");
const missing = controlPlaneMissing ?? pulumiMissing;
const { signal } = new AbortController();
const path = "/apis/ray.io/v1/namespaces/default/rayclusters/demo";

const program = `import { RayObject } from ${JSON.stringify(join(root, "components/kubernetes/rayObject"))};
const template = { spec: { containers: [{ name: "ray", image: "rayproject/ray:2.60.0" }] } };
const groups = JSON.parse(process.env["GROUPS"] ?? "[]");
const workerGroupSpecs = groups.map((group: object) => ({ minReplicas: 0, maxReplicas: 5, rayStartParams: {}, template, ...group }));
const headGroupSpec = { template, rayStartParams: { "num-cpus": "0" } };
const spec = { rayVersion: "2.60.0", enableInTreeAutoscaling: true, headGroupSpec, workerGroupSpecs };
const metadata = { name: "demo", namespace: "default" };
const manifest = { apiVersion: "ray.io/v1", kind: "RayCluster", metadata, spec };
const rules = { operatorVersion: "1.7.0", featureGates: {}, kueue: false, madeBefore: [] };
export const service = new RayObject("demo", { manifest, ...rules }, {}).headServiceName;
`;

describe.skipIf(missing)(`the pulumi command with the rayfleet plugin${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  let plane: ControlPlane;
  let operator: StandInOperator;
  let home = "";
  beforeAll(async () => {
    home = await layPulumiHome(program);
    plane = await startControlPlane();
    writeFileSync(join(home, "kubeconfig"), plane.kubeconfig, { mode: 0o600 });
    await addKind(plane.api, join(__dirname, "crds", "rayClusters.yaml"));
    operator = new StandInOperator(plane.api);
    await pulumi([], "stack", "init", "dev");
  });
  afterAll(async () => {
    await operator.stop();
    await plane.stop();
    rmSync(home, { recursive: true, force: true });
  });

  /** Beside the stand-in operator, which lives in this process. */
  function pulumi(groups: readonly object[], ...words: string[]): Promise<string> {
    return runPulumi(home, { GROUPS: JSON.stringify(groups) }, words);
  }

  it("makes, keeps, edits and destroys a cluster while its autoscaler writes", { timeout: 400_000 }, async () => {
    const cpu = { groupName: "cpu" };
    expect(await pulumi([cpu], "preview", "-s", "dev")).toMatch(/rayfleet:kubernetes:RayObject\s+demo\s+create/);
    await pulumi([cpu], "up", "-y", "-s", "dev");
    expect((await pulumi([cpu], "stack", "output", "service", "-s", "dev")).trim()).toBe("demo-head-svc");
    const body = [{ op: "replace", path: "/spec/workerGroupSpecs/0/replicas", value: 4 }];
    const query = { fieldManager: "python-requests" };
    await plane.api.call({ method: "PATCH", path, query, body, contentType: "application/json-patch+json" }, signal);
    await pulumi([cpu], "up", "--refresh", "-y", "-s", "dev", "--expect-no-changes");

    const edited = { groupName: "cpu", maxReplicas: 9 };
    expect(await pulumi([edited], "preview", "--diff", "-s", "dev")).toMatch(/maxReplicas\s*: 5 => 9/);
    await pulumi([edited], "up", "-y", "-s", "dev");
    const { spec } = (await plane.api.call({ method: "GET", path }, signal)) as { spec: { workerGroupSpecs: object[] } };
    expect(spec.workerGroupSpecs).toMatchObject([{ groupName: "cpu", replicas: 4, maxReplicas: 9 }]);

    await expect(pulumi([edited, { groupName: "cpu" }], "preview", "-s", "dev")).rejects.toThrow(/workerGroupSpecs\[1\]\.groupName/);
    await pulumi([edited], "destroy", "-y", "-s", "dev");
    await expect(plane.api.call({ method: "GET", path }, signal)).rejects.toThrow("not found");
  });
});
