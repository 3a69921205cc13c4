import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ControlPlane, controlPlaneMissing, startControlPlane } from "./controlPlane";
import { type FakeNode, fakeNodes, nodeObject } from "./fakeNodes";
import { endServer, startServer } from "./serverProcess";

const BINARIES = resolve(__dirname, "../../.rayfleet/kubernetes");
const [CONTROLLER_MANAGER, SCHEDULER, KWOK] = ["kube-controller-manager", "kube-scheduler", "kwok"].map((name) => join(BINARIES, name)) as [
  string,
  string,
  string,
];
const NODES_READY_SECONDS = 60;
const never = new AbortController().signal;

/** Why there can be no whole cluster here; undefined when there can. */
export const wholeClusterMissing: string | undefined =
  controlPlaneMissing ??
  ([CONTROLLER_MANAGER, SCHEDULER, KWOK].every((program) => existsSync(program))
    ? undefined
    : "kube-controller-manager, kube-scheduler and kwok are not built: run `make test-kubernetes`, which needs Go 1.26 or later");

/** What kwok does with nodes: they are ready, and stay so. */
export const nodeStages = join(__dirname, "kwok/nodes.yaml");
/** What kwok does with pods, where nobody else plays the kubelet. */
export const podStages = join(__dirname, "kwok/pods.yaml");

export interface WholeClusterOptions {
  /** Files of kwok's stages. @default nodes and pods */
  readonly stages?: readonly string[];
  /** @default one of each kind */
  readonly nodes?: readonly FakeNode[];
}

/** An API server with Kubernetes' own controllers and scheduler behind it, and nodes that kwok plays: pods are real objects, and no containers. */
export async function startWholeCluster({
  stages = [nodeStages, podStages],
  nodes = fakeNodes,
}: WholeClusterOptions = {}): Promise<ControlPlane> {
  const plane = await startControlPlane();
  const { directory } = plane;
  const kubeconfig = join(directory, "kubeconfig");
  await writeFile(kubeconfig, plane.kubeconfig, { mode: 0o600 });
  const alone = [`--kubeconfig=${kubeconfig}`, "--leader-elect=false", "--secure-port=0"];
  const keys = [`--service-account-private-key-file=${plane.serviceAccountKey}`, `--root-ca-file=${plane.certificate}`];
  const programs = [
    startServer(directory, CONTROLLER_MANAGER, [...alone, ...keys]),
    startServer(directory, SCHEDULER, alone),
    startServer(directory, KWOK, kwokArguments(kubeconfig, stages)),
  ];
  const stop = async () => {
    await Promise.all(programs.map(endServer));
    await plane.stop();
  };
  try {
    for (const node of nodes) await plane.api.call({ method: "POST", path: "/api/v1/nodes", body: nodeObject(node) }, never);
    await nodesReady(plane, nodes.length);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...plane, stop };
}

function kwokArguments(kubeconfig: string, stages: readonly string[]): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    "--manage-all-nodes=true",
    // Nodes whose lease is not renewed are taken for lost after 50 s.
    "--node-lease-duration-seconds=40",
    "--cidr=10.64.0.0/16",
    "--node-ip=10.64.255.1",
    ...stages.map((file) => `--config=${file}`),
  ];
}

interface ListedNode {
  readonly spec?: { readonly taints?: readonly { readonly key: string }[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** The taint goes when the controllers have seen the condition; nothing is scheduled before. */
function isReady({ spec, status }: ListedNode): boolean {
  const isCalledReady = status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
  return isCalledReady && !(spec?.taints ?? []).some(({ key }) => key === "node.kubernetes.io/not-ready");
}

async function nodesReady(plane: ControlPlane, count: number): Promise<void> {
  for (let look = 0; look < NODES_READY_SECONDS * 5; look += 1) {
    const { items } = (await plane.api.call({ method: "GET", path: "/api/v1/nodes" }, never)) as { items: ListedNode[] };
    if (items.length === count && items.every(isReady)) return;
    await sleep(200);
  }
  const logs = await Promise.all(
    ["kwok", "kube-controller-manager"].map((name) => readFile(join(plane.directory, `${name}.log`), "utf8").catch(() => "")),
  );
  throw new Error(`nodes: are not ready after ${NODES_READY_SECONDS} s; last words:\n${logs.map((log) => log.slice(-1500)).join("\n")}`);
}
