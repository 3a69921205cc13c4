import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { readAgentProgram } from "../../components/kubernetes/readAgentProgram";
import type { KubernetesObject } from "../../components/plan/kubernetes/kubernetesObject";
import { planAgent } from "../../components/plan/kubernetes/planAgent";
import { agentName } from "../../components/plan/kubernetes/planAgentAccess";
import { planAgentConfig } from "../../components/plan/kubernetes/planAgentConfig";
import { agentEnvironmentNames } from "../../contract/agentEnvironment";
import type { PodTemplateSpec } from "../../contract/kuberay/kubernetes";
import { kubernetesAgentEnvironmentNames } from "../../contract/kubernetes/kubernetesAgent";
import type { KubernetesClusterSpec } from "../../contract/kubernetes/kubernetesClusterSpec";
import { buildKubernetesAgent } from "../../scripts/buildKubernetesAgent";
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
  ConfigMap: "/api/v1/namespaces/{}/configmaps",
  RoleBinding: "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
  Lease: "/apis/coordination.k8s.io/v1/namespaces/{}/leases",
};

/** Folders of the pod and what stands for them below the test's own; the pod's name is part of those that a pod has for itself. */
const folders: readonly (readonly [inPod: string, here: string])[] = [
  ["/etc/rayfleet", "config"],
  ["/opt/rayfleet", "program"],
  ["/var/run/secrets/rayfleet", "token"],
  ["/var/lib/rayfleet", "work"],
];

type Container = NonNullable<PodTemplateSpec["spec"]>["containers"][number];

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

/** The agent as the planned container runs it, with the account, rights, program and configuration of its pod, against a real API server. */
export class AgentPods {
  readonly #options: AgentPodOptions;
  readonly #running = new Set<ChildProcess>();
  readonly connection: ApiConnection;
  #container: Container | undefined;
  /** Of the agent's account. */
  token = "";

  constructor(options: AgentPodOptions) {
    this.#options = options;
    const { clusters } = JSON.parse(options.plane.kubeconfig) as { clusters: [{ cluster: { server: string } }] };
    this.connection = new ApiConnection(Number(new URL(clusters[0].cluster.server).port));
  }

  /** Makes what is planned beside the Deployment, and the files that Kubernetes would put into the pod. */
  async prepare(config: object, rayToken: string): Promise<void> {
    const { plane, spec, directory } = this.#options;
    for (const name of ["account", "config", "program", "token"]) await mkdir(join(directory, name), { recursive: true });
    const program = readAgentProgram(await buildKubernetesAgent(resolve(__dirname, "../.."), join(directory, "dist")));
    for (const object of planAgent(spec, program)) {
      if (object.kind === "Deployment") this.#container = containerOf(object);
      if (collections[object.kind] !== undefined) await this.#make(object);
    }
    await Promise.all([
      copyFile(plane.certificate, join(directory, "account", "ca.crt")),
      writeFile(join(directory, "token", "token"), `${rayToken}\n`),
      this.renewToken(),
      this.configure(config),
      this.connection.open(),
    ]);
  }

  /** As Kubernetes does it when the ConfigMap has changed. */
  async configure(more: object): Promise<void> {
    const config = { ...planAgentConfig(this.#options.spec), ...more };
    await writeFile(join(this.#options.directory, "config", "agent.json"), JSON.stringify(config));
  }

  async unconfigure(): Promise<void> {
    await rm(join(this.#options.directory, "config", "agent.json"));
  }

  /** A new token of the agent's account in the file. */
  async renewToken(): Promise<void> {
    const { plane, spec } = this.#options;
    const path = `/api/v1/namespaces/${spec.namespace}/serviceaccounts/${agentName(spec)}/token`;
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    const { status } = (await plane.api.call({ method: "POST", path, body }, never)) as { status: { token: string } };
    this.token = status.token;
    await this.spoilToken(this.token);
  }

  /** Another text where the token is. */
  async spoilToken(text: string): Promise<void> {
    await writeFile(join(this.#options.directory, "account", "token"), text);
  }

  /** A pod of this name, and what it writes. */
  async start(podName: string): Promise<{ readonly process: ChildProcess; readonly output: () => string }> {
    const { directory, gcsAddress } = this.#options;
    const { command = [], env = [] } = this.#container ?? {};
    await mkdir(join(directory, `work-${podName}`), { recursive: true });
    const here = (text: string) =>
      folders.reduce((path, [inPod, name]) => path.replaceAll(inPod, join(directory, name === "work" ? `work-${podName}` : name)), text);
    const planned = env.map(({ name, value }) => [name, value === undefined ? podName : here(value)] as const);
    const [program = "", ...words] = command.map(here);
    const child = spawn(program, words, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        ...Object.fromEntries(planned),
        KUBERNETES_SERVICE_HOST: "127.0.0.1",
        KUBERNETES_SERVICE_PORT: String(this.connection.port),
        [kubernetesAgentEnvironmentNames.accountFolder]: join(directory, "account"),
        [agentEnvironmentNames.gcsAddress]: gcsAddress,
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

  /** What the API server has then is what the pod gets. */
  async #make(object: KubernetesObject): Promise<void> {
    const { plane, spec, directory } = this.#options;
    const path = (collections[object.kind] ?? "").replace("{}", spec.namespace);
    const made = await plane.api.call({ method: "POST", path, query: { fieldValidation: "Strict" }, body: object }, never);
    const { binaryData = {} } = made as { readonly binaryData?: Readonly<Record<string, string>> };
    for (const [name, part] of Object.entries(binaryData)) await writeFile(join(directory, "program", name), Buffer.from(part, "base64"));
  }
}

function containerOf(deployment: KubernetesObject): Container {
  const { template } = (deployment as KubernetesObject & { readonly spec: { readonly template: PodTemplateSpec } }).spec;
  const [container] = template.spec?.containers ?? [];
  if (container === undefined) throw new Error("the Deployment has no container");
  return container;
}
