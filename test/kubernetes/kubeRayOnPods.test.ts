import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../components/plan/kubernetes/kubernetesObject";
import { parseKubernetesClusterSpec } from "../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { planKubernetesCluster } from "../../components/plan/kubernetes/planKubernetesCluster";
import type { Properties } from "../../pulumi-protocol/properties";
import { buildKubeRayProvider } from "../../scripts/buildKubeRayProvider";
import type { ControlPlane } from "./controlPlane";
import { kubeRayCrds, kubeRayMissing, startKubeRay } from "./kubeRayProgram";
import { type OperatorDoor, openOperatorDoor } from "./operatorDoor";
import { PluginClient } from "./pluginClient";
import { rayStackMissing } from "./rayStack";
import { endServer } from "./serverProcess";
import { StandInKubelet } from "./standInKubelet/standInKubelet";
import { until } from "./until";
import { nodeStages, startWholeCluster } from "./wholeCluster";

const { signal } = new AbortController();
const missing = rayStackMissing ?? kubeRayMissing;
const python = "import ray; ray.init(); assert ray.get(ray.remote(lambda: 6 * 7).remote()) == 42";

function planned(written: Properties): readonly KubernetesObject[] {
  const workerGroups = [{ groupName: "cpu", cpu: 1, memoryGiB: 1, maxReplicas: 1, replicas: 1 }];
  const parsed = parseKubernetesClusterSpec(
    { platform: "kubernetes", namespace: "ray", autoscaler: "none", head: { cpu: 1, memoryGiB: 2 }, workerGroups, ...written },
    { stackName: "job" },
  );
  if ("ok" in parsed) return planKubernetesCluster(parsed.ok).objects;
  throw new Error(JSON.stringify(parsed.problems));
}

describe.skipIf(missing)(
  `a stack's RayJob by KubeRay's own operator, on real Ray${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    let plane: ControlPlane;
    let kubelet: StandInKubelet;
    let door: OperatorDoor;
    let operator: ChildProcess;
    let plugin: PluginClient;
    let folder = "";

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "rfo-"));
      await buildKubeRayProvider(resolve(__dirname, "../.."), folder);
      plane = await startWholeCluster({ stages: [nodeStages] });
      plugin = await PluginClient.start(join(folder, "pulumi-resource-rayfleet"), { kubeconfig: plane.kubeconfig });
      plugin.type = "rayfleet:kubernetes:RayCrds";
      await plugin.create({ operatorVersion: "1.7.0", source: kubeRayCrds });
      plugin.type = "rayfleet:kubernetes:RayObject";
      kubelet = await StandInKubelet.start(plane.api);
      door = await openOperatorDoor(plane, kubelet);
      operator = await startKubeRay(plane, door.kubeconfig, ["--use-kubernetes-proxy=true"]);
    }, 180_000);
    afterAll(async () => {
      plugin.stop();
      await endServer(operator);
      door.stop();
      await kubelet.stop();
      await plane.stop();
      rmSync(folder, { recursive: true });
    });

    it("runs its task on a worker and ends well, and its cluster goes", { timeout: 240_000 }, async () => {
      const objects = planned({ rayJob: { entrypoint: `python -c "${python}"` } });
      await plane.api.call({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: "ray" } } }, signal);
      for (const object of objects.filter(({ kind }) => kind === "ServiceAccount")) {
        await plane.api.call({ method: "POST", path: "/api/v1/namespaces/ray/serviceaccounts", body: object }, signal);
      }
      const manifest = JSON.parse(JSON.stringify(objects.find(({ kind }) => kind === "RayJob"))) as Properties;
      await plugin.create({ manifest, operatorVersion: "1.7.0", timeoutSeconds: 120 });
      const status = await until(async () => {
        const path = "/apis/ray.io/v1/namespaces/ray/rayjobs/job";
        const job = (await plane.api.call({ method: "GET", path }, signal)) as { status?: Readonly<Record<string, unknown>> };
        return ["Complete", "Failed"].includes(String(job.status?.["jobDeploymentStatus"])) && job.status;
      });
      expect(status).toMatchObject({ jobDeploymentStatus: "Complete", jobStatus: "SUCCEEDED" });
      await until(async () => {
        const query = { labelSelector: "ray.io/cluster" };
        const { items } = (await plane.api.call({ method: "GET", path: "/api/v1/namespaces/ray/pods", query }, signal)) as {
          items: object[];
        };
        return items.length === 0;
      });
    });
  },
);
