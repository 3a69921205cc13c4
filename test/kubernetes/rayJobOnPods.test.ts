import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseKubernetesClusterSpec } from "../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { planRayCluster } from "../../components/plan/kubernetes/planRayCluster";
import type { RayClusterSpec } from "../../contract/kuberay/rayClusterSpec";
import { type RayStack, rayStackMissing, startRayStack } from "./rayStack";
import { until } from "./until";

const { signal } = new AbortController();
const jobs = "/apis/ray.io/v1/namespaces/default/rayjobs";

/** The cluster of a stack file, as our own plan makes it. */
function plannedCluster(): RayClusterSpec {
  const workerGroups = [{ groupName: "cpu", cpu: 1, memoryGiB: 1, maxReplicas: 1, replicas: 1 }];
  const parsed = parseKubernetesClusterSpec(
    { platform: "kubernetes", namespace: "default", autoscaler: "none", workerGroups },
    { stackName: "job" },
  );
  if ("ok" in parsed) return planRayCluster(parsed.ok).spec;
  throw new Error(JSON.stringify(parsed.problems));
}

describe.skipIf(rayStackMissing)(`a RayJob on real Ray${rayStackMissing === undefined ? "" : ` (skipped: ${rayStackMissing})`}`, () => {
  let stack: RayStack;
  beforeAll(async () => {
    stack = await startRayStack();
  });
  afterAll(() => stack.stop());

  const get = async <Answer>(path: string, query = {}) => (await stack.plane.api.call({ method: "GET", path, query }, signal)) as Answer;

  const ended = (name: string) =>
    until(async () => {
      const { status } = await get<{ status?: Readonly<Record<string, unknown>> }>(`${jobs}/${name}`);
      return ["Complete", "Failed"].includes(String(status?.["jobDeploymentStatus"])) && status;
    });

  async function submit(name: string, python: string, spec: object): Promise<void> {
    const body = { apiVersion: "ray.io/v1", kind: "RayJob", metadata: { name }, spec: { entrypoint: `python -c "${python}"`, ...spec } };
    await stack.plane.api.call({ method: "POST", path: jobs, body }, signal);
  }

  const pods = async () => (await get<{ items: object[] }>("/api/v1/namespaces/default/pods", { labelSelector: "ray.io/cluster" })).items;

  it("ends well, with its cluster, when its task has run on a worker", { timeout: 300_000 }, async () => {
    const python = "import ray; ray.init(); assert ray.get(ray.remote(lambda: 6 * 7).remote()) == 42";
    await submit("sum", python, { rayClusterSpec: plannedCluster(), shutdownAfterJobFinishes: true });
    expect(await ended("sum")).toMatchObject({ jobDeploymentStatus: "Complete", jobStatus: "SUCCEEDED" });
    await until(async () => (await pods()).length === 0);
    const submitter = await until(async () => {
      const job = await get<{ status?: { succeeded?: number } }>("/apis/batch/v1/namespaces/default/jobs/sum");
      return job.status?.succeeded;
    });
    expect(submitter).toBe(1);
  });

  it("ends badly when its command does", { timeout: 300_000 }, async () => {
    const { workerGroupSpecs: _, ...headOnly } = plannedCluster();
    await submit("fails", "raise SystemExit(3)", { rayClusterSpec: headOnly, submissionMode: "HTTPMode", shutdownAfterJobFinishes: true });
    expect(await ended("fails")).toMatchObject({ jobDeploymentStatus: "Failed", jobStatus: "FAILED", reason: "AppFailed" });
  });
});
