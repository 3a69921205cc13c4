import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseKubernetesClusterSpec } from "../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { planKubernetesCluster } from "../../components/plan/kubernetes/planKubernetesCluster";
import { type RayStack, rayStackMissing, startRayStack } from "./rayStack";
import { until } from "./until";

const { signal } = new AbortController();
const jobs = "/apis/ray.io/v1/namespaces/default/rayjobs";

/** The RayJob of a stack file, as our own plan makes it. */
function plannedJob(name: string, rayJob: object, replicas: number): object {
  const workerGroups = [{ groupName: "cpu", cpu: 1, memoryGiB: 1, maxReplicas: 1, replicas }];
  const written = { platform: "kubernetes", namespace: "default", name, autoscaler: "none", rayJob, workerGroups };
  const parsed = parseKubernetesClusterSpec(written, { stackName: name });
  if (!("ok" in parsed)) throw new Error(JSON.stringify(parsed.problems));
  const job = planKubernetesCluster(parsed.ok).objects.find(({ kind }) => kind === "RayJob");
  if (job === undefined) throw new Error("the plan has no RayJob");
  return job;
}

describe.skipIf(rayStackMissing)(`a RayJob on real Ray${rayStackMissing === undefined ? "" : ` (skipped: ${rayStackMissing})`}`, () => {
  let stack: RayStack;
  beforeAll(async () => {
    stack = await startRayStack();
    const python = "import os, ray; ray.init(); assert ray.get(ray.remote(lambda: int(os.environ['SIX']) * 7).remote()) == 42";
    const runtimeEnv = { env_vars: { SIX: "6" } };
    const ends = { shutdownAfterJobFinishes: true };
    await make(plannedJob("sum", { entrypoint: `python -c "${python}"`, runtimeEnv, ...ends }, 1));
    await make(plannedJob("fails", { entrypoint: 'python -c "raise SystemExit(3)"', submissionMode: "HTTPMode", ...ends }, 0));
  });
  afterAll(() => stack.stop());

  const make = (body: object) => stack.plane.api.call({ method: "POST", path: jobs, query: { fieldValidation: "Strict" }, body }, signal);
  const get = async <Answer>(path: string, query = {}) => (await stack.plane.api.call({ method: "GET", path, query }, signal)) as Answer;

  const ended = (name: string) =>
    until(async () => {
      const { status } = await get<{ status?: Readonly<Record<string, unknown>> }>(`${jobs}/${name}`);
      return ["Complete", "Failed", "ValidationFailed"].includes(String(status?.["jobDeploymentStatus"])) && status;
    });

  it("ends well when its task has run on a worker with the job's environment, and its cluster ends with it", {
    timeout: 300_000,
  }, async () => {
    const status = await ended("sum");
    expect(status).toMatchObject({ jobDeploymentStatus: "Complete", jobStatus: "SUCCEEDED" });
    const labelSelector = `ray.io/cluster=${String(status["rayClusterName"])}`;
    await until(async () => (await get<{ items: object[] }>("/api/v1/namespaces/default/pods", { labelSelector })).items.length === 0);
    const submitter = await until(async () => {
      const job = await get<{ status?: { succeeded?: number } }>("/apis/batch/v1/namespaces/default/jobs/sum");
      return job.status?.succeeded;
    });
    expect(submitter).toBe(1);
  });

  it("ends badly when its command does", { timeout: 300_000 }, async () => {
    expect(await ended("fails")).toMatchObject({ jobDeploymentStatus: "Failed", jobStatus: "FAILED", reason: "AppFailed" });
  });
});
