import { existsSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { KubeApi } from "../kubernetes-api/kubeApi";
import { KubernetesError } from "../kubernetes-api/kubernetesError";

/** Which API server, and as whom; both as the Kubernetes provider has them. */
export interface Connection {
  /** A kubeconfig, or the path of one. @default what kubectl would take: KUBECONFIG, then ~/.kube/config, then the pod's own account */
  readonly kubeconfig?: string;
  /** @default the current one */
  readonly context?: string;
}

const HOW = "Set KUBECONFIG, or kubernetes:kubeconfig in the stack's configuration.";

/**
 * Reads who and where to talk to; nothing is called yet.
 *
 * @throws KubernetesError when there is no usable kubeconfig
 */
export function connect({ kubeconfig, context }: Connection): KubeApi {
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined || kubeconfig === "") config.loadFromDefault(undefined, true);
    else if (kubeconfig.includes("\n") || kubeconfig.trimStart().startsWith("{")) config.loadFromString(kubeconfig);
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    const where = kubeconfig !== undefined && existsSync(kubeconfig) ? kubeconfig : "kubeconfig";
    throw new KubernetesError(`${where}: cannot be read: ${error instanceof Error ? error.message : String(error)}. ${HOW}`);
  }
  if (context !== undefined) {
    if (config.getContextObject(context) === null) {
      const names = config.getContexts().map(({ name }) => name);
      throw new KubernetesError(`kubeconfig: has no context ${context}; got ${names.join(", ") || "none"}. Choose one of them.`);
    }
    config.setCurrentContext(context);
  }
  // Where nothing is configured the library takes http://localhost:8080, and the failure would name that.
  const cluster = config.getCurrentCluster();
  if (cluster === null || cluster.server === "http://localhost:8080")
    throw new KubernetesError(`kubeconfig: is missing, or has no current context. ${HOW}`);
  return new KubeApi(config);
}
