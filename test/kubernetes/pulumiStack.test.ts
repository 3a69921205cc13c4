import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pulumiMissing } from "../emulator/plugin/pulumiCommand";
import { addKind, type ControlPlane } from "./controlPlane";
import { layPulumiHome, runPulumi } from "./pulumiHome";
import { StandInKubeRay } from "./standInKubeRay/standInKubeRay";
import { startWholeCluster, wholeClusterMissing } from "./wholeCluster";

const root = resolve(__dirname, "../..");
const missing = wholeClusterMissing ?? pulumiMissing;
const { signal } = new AbortController();
const cluster = "/apis/ray.io/v1/namespaces/team/rayclusters/demo";

const program = `import { KubernetesRayCluster } from ${JSON.stringify(join(root, "components/kubernetesRayCluster"))};
import { parseKubernetesClusterSpec } from ${JSON.stringify(join(root, "components/plan/kubernetes/parseKubernetesClusterSpec"))};
const parsed = parseKubernetesClusterSpec(JSON.parse(process.env["SPEC"] ?? "{}"), { stackName: "demo" });
if (!("ok" in parsed)) throw new Error(JSON.stringify(parsed.problems));
export const service = new KubernetesRayCluster("demo", { spec: parsed.ok }).headServiceName;
`;

describe.skipIf(missing)(`a whole stack by the pulumi command${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  let plane: ControlPlane;
  let operator: StandInKubeRay;
  let home = "";
  beforeAll(async () => {
    home = await layPulumiHome(program);
    mkdirSync(join(home, "bin"));
    const plugin = join(home, "bin", "pulumi-resource-kubernetes");
    writeFileSync(
      plugin,
      `#!/bin/sh\nexec '${process.execPath}' --import '${join(root, "node_modules/tsx/dist/esm/index.mjs")}' '${join(__dirname, "standInPulumiProvider/main.ts")}' "$@"\n`,
    );
    chmodSync(plugin, 0o755);
    plane = await startWholeCluster();
    writeFileSync(join(home, "kubeconfig"), plane.kubeconfig, { mode: 0o600 });
    await addKind(plane.api, join(__dirname, "crds", "rayClusters.yaml"));
    operator = new StandInKubeRay(plane.api);
    await pulumi({}, "stack", "init");
  }, 180_000);
  afterAll(async () => {
    await operator.stop();
    await plane.stop();
    rmSync(home, { recursive: true, force: true });
  });

  function pulumi(more: object, ...words: string[]): Promise<string> {
    const group = { groupName: "cpu", cpu: 1, memoryGiB: 1, maxReplicas: 5 };
    const spec = {
      platform: "kubernetes",
      namespace: "team",
      operator: { install: false, namespace: "kuberay" },
      workerGroups: [group],
      ...more,
    };
    const PATH = `${join(home, "bin")}:${process.env["PATH"] ?? ""}`;
    return runPulumi(home, { PATH, SPEC: JSON.stringify(spec) }, [...words, "-s", "dev"]);
  }

  const get = async <Answer>(path: string) => (await plane.api.call({ method: "GET", path }, signal)) as Answer;
  const groups = async () => (await get<{ spec: { workerGroupSpecs: object[] } }>(cluster)).spec.workerGroupSpecs;

  it("makes, keeps, edits and destroys it, namespace and pods included", { timeout: 400_000 }, async () => {
    expect(await pulumi({}, "preview")).toMatch(/kubernetes:networking.k8s.io\/v1:NetworkPolicy/);
    await pulumi({}, "up", "-y");
    expect((await pulumi({}, "stack", "output", "service")).trim()).toBe("demo-head-svc");
    const body = [{ op: "replace", path: "/spec/workerGroupSpecs/0/replicas", value: 2 }];
    const query = { fieldManager: "python-requests" };
    await plane.api.call({ method: "PATCH", path: cluster, query, body, contentType: "application/json-patch+json" }, signal);
    await pulumi({}, "up", "--refresh", "-y", "--expect-no-changes");

    const edited = {
      workerGroups: [{ groupName: "cpu", cpu: 1, memoryGiB: 1, maxReplicas: 9 }],
      networkPolicy: { scrapers: [{ namespace: "monitoring" }] },
    };
    expect(await pulumi(edited, "preview", "--diff")).toMatch(/maxReplicas\s*: 5 => 9/);
    await pulumi(edited, "up", "-y");
    expect(await groups()).toMatchObject([{ groupName: "cpu", replicas: 2, maxReplicas: 9 }]);

    await pulumi(edited, "destroy", "-y");
    await expect(get("/api/v1/namespaces/team")).rejects.toThrow("not found");
    expect(await get<{ items: object[] }>("/api/v1/pods")).toMatchObject({ items: [] });
  });
});
