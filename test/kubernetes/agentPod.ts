import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join, resolve } from "node:path";
import type { KubernetesObject } from "../../components/plan/kubernetes/kubernetesObject";
import { planAgent } from "../../components/plan/kubernetes/planAgent";
import { agentName } from "../../components/plan/kubernetes/planAgentAccess";
import { planAgentConfig } from "../../components/plan/kubernetes/planAgentConfig";
import { agentEnvironmentNames } from "../../contract/agentEnvironment";
import { kubernetesAgentEnvironmentNames } from "../../contract/kubernetes/kubernetesAgent";
import type { KubernetesClusterSpec } from "../../contract/kubernetes/kubernetesClusterSpec";
import { bundleProgram } from "../../scripts/bundleProgram";
import { freePort } from "../support/freePort";
import type { ControlPlane } from "./controlPlane";

const never = new AbortController().signal;

/** What a pod of the agent would find around it. */
export interface AgentPodOptions {
  readonly plane: ControlPlane;
  readonly spec: KubernetesClusterSpec;
  /** Folder for the program, the account and the configuration. */
  readonly directory: string;
  /** `host:port`. */
  readonly gcsAddress: string;
}

const collections: Readonly<Record<string, string>> = {
  ServiceAccount: "/api/v1/namespaces/{}/serviceaccounts",
  Role: "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
  RoleBinding: "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
  Lease: "/apis/coordination.k8s.io/v1/namespaces/{}/leases",
};

/** The connection to the API server, which a test may cut. */
export class ApiConnection {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  port = 0;

  constructor(target: number) {
    this.#target = target;
  }

  async open(): Promise<void> {
    this.port ||= await freePort();
    this.#server = createServer((socket) => {
      const onward = connect(this.#target, "127.0.0.1");
      for (const [one, other] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        this.#sockets.add(one);
        one.on("error", () => other.destroy());
        one.on("close", () => this.#sockets.delete(one));
        one.pipe(other);
      }
    });
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** As when the API server ends: what is open breaks, and nobody listens. */
  async cut(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = this.#server === undefined ? undefined : once(this.#server, "close");
    this.#server?.close();
    await closed;
  }
}

/** The agent as a process with the account, rights and configuration that are planned for its pod, against a real API server. */
export class AgentPods {
  readonly #options: AgentPodOptions;
  readonly #running = new Set<ChildProcess>();
  readonly connection: ApiConnection;
  /** Of the agent's account. */
  token = "";

  constructor(options: AgentPodOptions) {
    this.#options = options;
    const { clusters } = JSON.parse(options.plane.kubeconfig) as { clusters: [{ cluster: { server: string } }] };
    this.connection = new ApiConnection(Number(new URL(clusters[0].cluster.server).port));
  }

  /** Makes what is planned beside the Deployment, and the files that Kubernetes would put into the pod. */
  async prepare(config: object): Promise<void> {
    const { plane, spec, directory } = this.#options;
    for (const object of planAgent(spec, { parts: [], hash: "" })) {
      if (collections[object.kind] !== undefined) await this.#make(object);
    }
    const bundle = await bundleProgram(resolve(__dirname, "../.."), "autoscaler-agent/kubernetes/main.ts");
    await mkdir(join(directory, "account"), { recursive: true });
    await Promise.all([
      writeFile(join(directory, "agent.js"), bundle),
      copyFile(plane.certificate, join(directory, "account", "ca.crt")),
      this.renewToken(),
      this.configure(config),
      this.connection.open(),
    ]);
  }

  /** As Kubernetes does it when the ConfigMap has changed. */
  async configure(more: object): Promise<void> {
    const config = { ...planAgentConfig(this.#options.spec), ...more };
    await writeFile(join(this.#options.directory, "agent.json"), JSON.stringify(config));
  }

  /** A new token of the agent's account in the file. */
  async renewToken(): Promise<void> {
    const { plane, spec, directory } = this.#options;
    const path = `/api/v1/namespaces/${spec.namespace}/serviceaccounts/${agentName(spec)}/token`;
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    const { status } = (await plane.api.call({ method: "POST", path, body }, never)) as { status: { token: string } };
    this.token = status.token;
    await writeFile(join(directory, "account", "token"), this.token);
  }

  /** A pod of this name, and what it writes. */
  start(podName: string): { readonly process: ChildProcess; readonly output: () => string } {
    const { spec, directory, gcsAddress } = this.#options;
    const names = { ...agentEnvironmentNames, ...kubernetesAgentEnvironmentNames };
    const child = spawn(process.execPath, [join(directory, "agent.js")], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        KUBERNETES_SERVICE_HOST: "127.0.0.1",
        KUBERNETES_SERVICE_PORT: String(this.connection.port),
        [names.accountFolder]: join(directory, "account"),
        [names.configFile]: join(directory, "agent.json"),
        [names.namespace]: spec.namespace,
        [names.leaseName]: agentName(spec),
        [names.podName]: podName,
        [names.gcsAddress]: gcsAddress,
        [names.recordFolder]: join(directory, `decisions-${podName}`),
      },
    });
    this.#running.add(child);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (text += part.toString()));
    return { process: child, output: () => text };
  }

  /** Ends all of them without a word. */
  async kill(): Promise<void> {
    for (const child of this.#running) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    this.#running.clear();
  }

  async #make(object: KubernetesObject): Promise<void> {
    const { plane, spec } = this.#options;
    const path = (collections[object.kind] ?? "").replace("{}", spec.namespace);
    await plane.api.call({ method: "POST", path, query: { fieldValidation: "Strict" }, body: object }, never);
  }
}
