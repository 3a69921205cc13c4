import type { ChildProcess } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { KubeApi } from "../../kubernetes-api/kubeApi";
import { freePort } from "../support/freePort";
import { endServer, startServer } from "./serverProcess";

const BINARIES = resolve(__dirname, "../../.rayfleet/kubernetes");
const [ETCD, API_SERVER] = [join(BINARIES, "etcd"), join(BINARIES, "kube-apiserver")];
const READY_SECONDS = 60;
const never = new AbortController().signal;

/** Why the tests against a real API server cannot run here; undefined when they can. */
export const controlPlaneMissing: string | undefined =
  existsSync(ETCD) && existsSync(API_SERVER)
    ? undefined
    : "kube-apiserver and etcd are not built: run `make test-kubernetes`, which needs Go 1.26 or later";

/** An API server and its store, with nothing behind them: no nodes, no controllers. */
export interface ControlPlane {
  readonly api: KubeApi;
  /** Of the administrator, as JSON. */
  readonly kubeconfig: string;
  /** Of somebody without any right. */
  readonly strangersKubeconfig: string;
  /** Folder of its files, and of the logs of its programs. */
  readonly directory: string;
  /** File of the key that signs the tokens of service accounts. */
  readonly serviceAccountKey: string;
  /** File of the certificate that it serves with. */
  readonly certificate: string;
  stop(): Promise<void>;
}

/** A control plane of the test's own on loopback, up within some seconds. */
export async function startControlPlane(): Promise<ControlPlane> {
  const directory = await mkdtemp(join(tmpdir(), "rayfleet-kubernetes-"));
  const [token, strangersToken] = [randomBytes(16).toString("hex"), randomBytes(16).toString("hex")];
  const [client, peer, secure] = [await freePort(), await freePort(), await freePort()];
  const key = join(directory, "service-accounts.key");
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  await writeFile(key, privateKey, { mode: 0o600 });
  await writeFile(join(directory, "tokens.csv"), `${token},admin,admin,system:masters\n${strangersToken},stranger,stranger\n`, {
    mode: 0o600,
  });
  const etcd = startServer(directory, ETCD, etcdArguments(join(directory, "etcd"), client, peer));
  const server = startServer(directory, API_SERVER, serverArguments(directory, key, client, secure));
  const stop = async () => {
    await Promise.all([endServer(server), endServer(etcd)]);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const address = `https://127.0.0.1:${secure}`;
    const certificate = join(directory, "certificates", "apiserver.crt");
    const [kubeconfig, strangersKubeconfig] = [
      kubeconfigText(address, certificate, token),
      kubeconfigText(address, certificate, strangersToken),
    ];
    const api = await connect(directory, kubeconfig, server);
    return { api, kubeconfig, strangersKubeconfig, directory, serviceAccountKey: key, certificate, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes a kind known, and waits until objects of it are taken. */
export async function addKind(api: KubeApi, file: string): Promise<void> {
  const body: unknown = parse(await readFile(file, "utf8"));
  const { name } = (body as { metadata: { name: string } }).metadata;
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await api.call({ method: "POST", path, body }, never);
  for (let look = 0; look < 100; look += 1) {
    const { status } = (await api.call({ method: "GET", path: `${path}/${name}` }, never)) as {
      status?: { conditions?: { type: string; status: string }[] };
    };
    if (status?.conditions?.some((condition) => condition.type === "Established" && condition.status === "True")) return;
    await sleep(100);
  }
  throw new Error(`${name}: is not established after 10 s`);
}

function etcdArguments(data: string, client: number, peer: number): string[] {
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
  const peers = ["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl, "--initial-cluster", `default=${peerUrl}`];
  return ["--data-dir", data, "--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl, ...peers, "--unsafe-no-fsync"];
}

function serverArguments(directory: string, key: string, etcdPort: number, port: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--cert-dir=${join(directory, "certificates")}`,
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    "--service-account-issuer=https://kubernetes.default",
    "--service-cluster-ip-range=10.0.0.0/24",
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${port}`,
    `--token-auth-file=${join(directory, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--disable-admission-plugins=ServiceAccount",
    "--endpoint-reconciler-type=none",
  ];
}

function kubeconfigText(server: string, certificate: string, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority": certificate } }],
    users: [{ name: "test", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    "current-context": "test",
  });
}

async function connect(directory: string, kubeconfig: string, process: ChildProcess): Promise<KubeApi> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  for (let look = 0; look < READY_SECONDS * 5 && process.exitCode === null; look += 1) {
    await sleep(200);
    const certificate = join(directory, "certificates", "apiserver.crt");
    if (!existsSync(certificate)) continue;
    const config = new KubeConfig();
    config.loadFromString(kubeconfig);
    const api = new KubeApi(config);
    const isReady = await api.call({ method: "GET", path: "/api/v1/namespaces/default" }, never).then(
      () => true,
      () => false,
    );
    if (isReady) return api;
  }
  const log = await readFile(join(directory, "kube-apiserver.log"), "utf8").catch(() => "");
  throw new Error(`kube-apiserver: is not ready after ${READY_SECONDS} s; its last words:\n${log.slice(-2000)}`);
}
