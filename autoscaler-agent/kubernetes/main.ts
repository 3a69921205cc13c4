import { readFile } from "node:fs/promises";
import { pauseAnnotation } from "../../contract/kubernetes/kubernetesAgent";
import { KubeApi, type KubeApiCalls } from "../../kubernetes-api/kubeApi";
import { unlessMissing } from "../../kubernetes-api/unlessMissing";
import { withDeadline } from "../deadline";
import { noNotices } from "../decide/tick/machineNotices";
import { KubeRayBackend } from "../nodeGroups/kubeRay/kubeRayBackend";
import { GcsClient } from "../ray/gcsClient";
import { readTokenFile } from "../ray/tokenFile";
import type { Log } from "../report/log";
import { runAgent } from "../runAgent";
import { runProcess } from "../runProcess";
import { systemClock } from "../systemClock";
import { AgentLease } from "./agentLease";
import { LeavingGroups } from "./leavingGroups";
import { PodAccount } from "./podAccount";
import { type PodEnvironment, parsePodEnvironment } from "./podEnvironment";
import { backendWhileSole, rayWhileSole } from "./whileSole";

const CALL_DEADLINE_MS = 5_000;

async function runInPod(environment: PodEnvironment, log: Log, signal: AbortSignal): Promise<void> {
  const { gcsAddress, namespace, leaseName, podName, configFile, tokenPath, recordFolder } = environment;
  const clock = systemClock;
  const api = new KubeApi(new PodAccount(environment));
  const onWait = (problem: string) => log("another-agent", { problem: `this one waits: ${problem}` });
  const lease = new AgentLease({ api, clock, namespace, name: leaseName, holder: podName, onWait });
  await lease.acquire(signal);
  const kept = lease.keep(signal);
  // Kubernetes gives the files of a Secret to root and the pod's group, so that their mode says nothing.
  const readToken = async () => (tokenPath === undefined ? undefined : await readTokenFile(tokenPath, () => undefined));
  const ray = new GcsClient({ address: gcsAddress, readToken, clock });
  const backend = new KubeRayBackend({ api, clock });
  const leaving = new LeavingGroups({ api, clock, namespace });
  log("started", { gcsAddress, namespace, configFile });
  await runAgent(
    {
      clock,
      log,
      random: Math.random,
      configText: async (stop) => await leaving.addedTo(await readFile(configFile, { encoding: "utf8", signal: stop }), stop),
      pauseText: (clusterName, stop) => pauseOf(api, { namespace, clusterName }, stop),
      ray: rayWhileSole(ray, lease),
      backend: backendWhileSole(backend, lease),
      bootReports: backend.bootReports,
      notices: { read: async () => noNotices },
      recordFolder,
    },
    signal,
  );
  await kept;
  ray.close();
}

/** The annotation of the RayCluster; a RayCluster that is not there is not paused. */
async function pauseOf(
  api: KubeApiCalls,
  { namespace, clusterName }: { readonly namespace: string; readonly clusterName: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `/apis/ray.io/v1/namespaces/${namespace}/rayclusters/${clusterName}`;
  const cluster = await unlessMissing(api.call({ method: "GET", path }, withDeadline(signal, CALL_DEADLINE_MS)));
  return (cluster as { metadata: { annotations?: Readonly<Record<string, string>> } } | undefined)?.metadata.annotations?.[pauseAnnotation];
}

void runProcess((log, signal) => runInPod(parsePodEnvironment(process.env), log, signal));
