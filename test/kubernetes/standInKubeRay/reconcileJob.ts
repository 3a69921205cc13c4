import { randomBytes } from "node:crypto";
import { parse } from "yaml";
import { DashboardError, type JobInfo, RayDashboard } from "../../../emulator/demo/rayDashboard";
import { headServiceName } from "./clusterPod";
import { type LiveCluster, type LiveJob, ownerReference } from "./liveObjects";

type Status = Readonly<Record<string, unknown>>;
const JOBS = "/apis/batch/v1/namespaces";

/** Ways to the dashboards of heads. */
export interface Dashboards {
  /** Address of the head's dashboard as this process reaches it; undefined while it does not answer. */
  dashboardUrl(namespace: string, clusterName: string): Promise<string | undefined>;
}

export interface JobPorts {
  readonly dashboards?: Dashboards;
  call(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<unknown>;
}

/**
 * One step of a RayJob, as the operator was seen to take it: a cluster of its own, or the one that is named; a Job whose pod submits (K8sJobMode) or a call to the dashboard
 * (HTTPMode); then looks at the job until it has ended, and the end of the cluster where that is asked for. Not played: SidecarMode, suspension, retries, deadlines, deletion rules.
 *
 * @returns the status from now on
 */
export async function reconcileJob(job: LiveJob, ports: JobPorts): Promise<Status> {
  const status = (job.status ?? {}) as Readonly<Record<string, string>>;
  switch (status["jobDeploymentStatus"] ?? "") {
    case "":
      return begun(job);
    case "Initializing":
      return await initialize(job, status, ports);
    case "Waiting":
      return status;
    case "Running":
      return await watch(job, status, ports);
    default:
      await shutDown(job, status, ports);
      return status;
  }
}

function begun({ metadata: { name }, spec }: LiveJob): Status {
  const some = () => randomBytes(5).toString("hex").slice(0, 5);
  const rayClusterName = spec.clusterSelector?.["ray.io/cluster"] ?? `${name}-${some()}`;
  return {
    jobDeploymentStatus: "Initializing",
    jobId: spec.jobId ?? `${name}-${some()}`,
    rayClusterName,
    startTime: new Date().toISOString(),
  };
}

async function initialize(job: LiveJob, status: Readonly<Record<string, string>>, ports: JobPorts): Promise<Status> {
  const { namespace } = job.metadata;
  const { rayClusterName = "" } = status;
  const clusters = `/apis/ray.io/v1/namespaces/${namespace}/rayclusters`;
  const cluster = (await ports.call("GET", `${clusters}/${rayClusterName}`).catch(() => undefined)) as LiveCluster | undefined;
  if (cluster === undefined) {
    if (job.spec.rayClusterSpec !== undefined) await ports.call("POST", clusters, clusterOf(job, rayClusterName));
    return status;
  }
  if (cluster.status?.["state"] !== "ready") return status;
  const next = {
    ...status,
    dashboardURL: `${headServiceName(rayClusterName)}.${namespace}.svc.cluster.local:8265`,
    rayClusterStatus: cluster.status,
  };
  switch (job.spec.submissionMode ?? "K8sJobMode") {
    case "K8sJobMode":
      await ports.call("POST", `${JOBS}/${namespace}/jobs`, submitter(job, status, cluster)).catch(unlessThere);
      return { ...next, jobDeploymentStatus: "Running" };
    case "HTTPMode": {
      const dashboard = await dashboardOf(job, status, ports);
      if (dashboard === undefined) return status;
      // Just started, a head may have nobody to run it yet.
      const submission = { submissionId: status["jobId"] ?? "", entrypoint: job.spec.entrypoint ?? "" };
      if (!(await dashboard.submit(submission).then(() => true, toldToWait))) return status;
      return { ...next, jobDeploymentStatus: "Running" };
    }
    case "InteractiveMode":
      return { ...next, jobDeploymentStatus: "Waiting" };
    case "SidecarMode":
      return status;
  }
}

/** @returns false; whatever else went wrong is thrown on. */
function toldToWait(error: unknown): boolean {
  if (error instanceof DashboardError) return false;
  throw error;
}

function clusterOf({ metadata, spec }: LiveJob, name: string): object {
  const labels = {
    "ray.io/originated-from-cr-name": metadata.name,
    "ray.io/originated-from-crd": "RayJob",
    "ray.io/job-submission-mode": spec.submissionMode ?? "K8sJobMode",
  };
  const ownerReferences = [ownerReference("RayJob", metadata)];
  return {
    apiVersion: "ray.io/v1",
    kind: "RayCluster",
    metadata: { name, namespace: metadata.namespace, labels, ownerReferences },
    spec: spec.rayClusterSpec,
  };
}

/** A Job named like the RayJob: its pod submits, and waits for the end. */
function submitter({ metadata, spec }: LiveJob, status: Readonly<Record<string, string>>, cluster: LiveCluster): object {
  const { name, namespace } = metadata;
  const { rayClusterName = "", jobId = "" } = status;
  const address = `http://${headServiceName(rayClusterName)}.${namespace}.svc.cluster.local:8265`;
  const runtime = spec.runtimeEnvYAML === undefined ? "" : ` --runtime-env-json='${JSON.stringify(parse(spec.runtimeEnvYAML))}'`;
  const line = `exec ray job submit --address=${address} --submission-id=${jobId}${runtime} -- ${spec.entrypoint ?? ""}`;
  const { authOptions, headGroupSpec } = cluster.spec;
  const token = { secretKeyRef: { name: authOptions?.secretName ?? rayClusterName, key: "auth_token" } };
  const env =
    authOptions?.mode === "token"
      ? [
          { name: "RAY_AUTH_MODE", value: "token" },
          { name: "RAY_AUTH_TOKEN", valueFrom: token },
        ]
      : [];
  const image = headGroupSpec.template.spec?.containers[0]?.image ?? "ray";
  const { containers = [], ...pod } = spec.submitterPodTemplate?.spec ?? {};
  const [first, ...others] = containers;
  const own = first?.command === undefined ? { command: ["/bin/bash", "-c", "--"], args: [line] } : {};
  const container = { name: "ray-job-submitter", image, ...first, ...own, env: [...env, ...(first?.env ?? [])] };
  const template = {
    metadata: spec.submitterPodTemplate?.metadata ?? {},
    spec: { restartPolicy: "Never", ...pod, containers: [container, ...others] },
  };
  return {
    metadata: { name, namespace, ownerReferences: [ownerReference("RayJob", metadata)] },
    spec: { backoffLimit: spec.submitterConfig?.backoffLimit ?? 2, template },
  };
}

async function watch(job: LiveJob, status: Readonly<Record<string, string>>, ports: JobPorts): Promise<Status> {
  const dashboard = await dashboardOf(job, status, ports);
  const info = await dashboard?.job(status["jobId"] ?? "").catch(() => undefined);
  if (info === undefined) return status;
  const next = { ...status, jobStatus: info.status, message: info.message };
  return hasEnded(info) ? { ...next, ...endOf(info), endTime: new Date().toISOString() } : next;
}

function hasEnded({ status }: JobInfo): boolean {
  return status !== "PENDING" && status !== "RUNNING";
}

function endOf({ status }: JobInfo): Status {
  return status === "FAILED" ? { jobDeploymentStatus: "Failed", reason: "AppFailed" } : { jobDeploymentStatus: "Complete" };
}

async function shutDown(
  { metadata: { namespace }, spec }: LiveJob,
  status: Readonly<Record<string, string>>,
  ports: JobPorts,
): Promise<void> {
  const { shutdownAfterJobFinishes, clusterSelector, ttlSecondsAfterFinished = 0 } = spec;
  if (shutdownAfterJobFinishes !== true || clusterSelector !== undefined || status["endTime"] === undefined) return;
  if (Date.now() < Date.parse(status["endTime"]) + ttlSecondsAfterFinished * 1000) return;
  const path = `/apis/ray.io/v1/namespaces/${namespace}/rayclusters/${status["rayClusterName"] ?? ""}`;
  const cluster = (await ports.call("GET", path).catch(() => undefined)) as LiveCluster | undefined;
  if (cluster !== undefined && cluster.metadata.deletionTimestamp === undefined) await ports.call("DELETE", path);
}

async function dashboardOf(
  { metadata: { namespace } }: LiveJob,
  status: Readonly<Record<string, string>>,
  ports: JobPorts,
): Promise<RayDashboard | undefined> {
  const clusterName = status["rayClusterName"] ?? "";
  const url = await ports.dashboards?.dashboardUrl(namespace, clusterName);
  if (url === undefined) return undefined;
  const secret = (await ports.call("GET", `/api/v1/namespaces/${namespace}/secrets/${clusterName}`).catch(() => undefined)) as
    | { data?: Record<string, string> }
    | undefined;
  const token = Buffer.from(secret?.data?.["auth_token"] ?? "", "base64").toString("utf8");
  return new RayDashboard(url, token);
}

function unlessThere(error: unknown): void {
  if (!String(error).includes("already exists")) throw error;
}
