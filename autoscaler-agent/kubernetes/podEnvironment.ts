import { agentEnvironmentNames } from "../../contract/agentEnvironment";
import { kubernetesAgentEnvironmentNames } from "../../contract/kubernetes/kubernetesAgent";
import { EnvironmentError } from "../environment";

const ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** What the Deployment, and Kubernetes itself, tell the agent. */
export interface PodEnvironment {
  readonly configFile: string;
  readonly namespace: string;
  readonly leaseName: string;
  readonly podName: string;
  /** `host:port` of the GCS. */
  readonly gcsAddress: string;
  /** Of the API server. */
  readonly apiServer: string;
  /** Folder with `token` and `ca.crt`. */
  readonly accountFolder: string;
  /** Absent: the cluster has no token. */
  readonly tokenPath?: string;
  /** Absent: decisions are not recorded. */
  readonly recordFolder?: string;
}

/**
 * The agent's environment in a pod.
 *
 * @throws EnvironmentError with every problem at once.
 */
export function parsePodEnvironment(variables: Readonly<Record<string, string | undefined>>): PodEnvironment {
  const names = { ...agentEnvironmentNames, ...kubernetesAgentEnvironmentNames };
  const [host, port] = ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"] as const;
  const value = (name: string) => variables[name] ?? "";
  const needed = [names.configFile, names.namespace, names.leaseName, names.podName, names.gcsAddress, host, port];
  const problems = needed
    .filter((name) => value(name) === "")
    .map((name) => `${name}: is missing; got nothing; expected a value. The agent's Deployment sets it, Kubernetes those of the service.`);
  const gcsAddress = value(names.gcsAddress);
  if (gcsAddress !== "" && !/^[^:\s]+:\d{1,5}$/.test(gcsAddress)) {
    problems.push(`${names.gcsAddress}: is no address; got "${gcsAddress}"; expected host:port. Use the head's Service and Ray's port.`);
  }
  if (problems.length > 0) throw new EnvironmentError(problems.join("\n"));
  const [tokenPath, recordFolder] = [value(names.tokenPath), value(names.recordFolder)];
  return {
    configFile: value(names.configFile),
    namespace: value(names.namespace),
    leaseName: value(names.leaseName),
    podName: value(names.podName),
    gcsAddress,
    apiServer: `https://${value(host).includes(":") ? `[${value(host)}]` : value(host)}:${value(port)}`,
    accountFolder: value(names.accountFolder) === "" ? ACCOUNT_FOLDER : value(names.accountFolder),
    ...(tokenPath === "" ? {} : { tokenPath }),
    ...(recordFolder === "" ? {} : { recordFolder }),
  };
}
