import { agentEnvironmentNames } from "../../../contract/agentEnvironment";
import type { PodTemplateSpec } from "../../../contract/kuberay/kubernetes";
import { kubernetesAgentEnvironmentNames } from "../../../contract/kubernetes/kubernetesAgent";
import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { nodePorts } from "../../../contract/ports";
import { headServiceName } from "./headService";
import { headPlacement } from "./nodePlacement";
import { sortedMap } from "./objectMetadata";
import { agentName } from "./planAgentAccess";
import { cpuQuantity, memoryQuantity } from "./quantities";
import { leastPrivileges } from "./rayContainer";

type PodSpec = NonNullable<PodTemplateSpec["spec"]>;
type Container = PodSpec["containers"][number];

const defaultNodeImage = "node:24-slim";
/** User and group of Node's images. */
const nodeUser = 1000;
const folders = {
  config: "/etc/rayfleet",
  program: "/opt/rayfleet",
  token: "/var/run/secrets/rayfleet",
  work: "/var/lib/rayfleet",
} as const;
const startProgram = `cat ${folders.program}/agent.js.gz.* | gzip -dc > ${folders.work}/agent.js && exec node --max-semi-space-size=2 ${folders.work}/agent.js`;

/** By these the Deployment, the Service and the network policies find the agent's pod. */
export function agentLabels(spec: KubernetesClusterSpec): { readonly [label: string]: string } {
  return { "app.kubernetes.io/instance": spec.name, "app.kubernetes.io/name": "rayfleet-agent" };
}

function environment(spec: KubernetesClusterSpec): NonNullable<Container["env"]> {
  const names = { ...agentEnvironmentNames, ...kubernetesAgentEnvironmentNames };
  return [
    { name: names.configFile, value: `${folders.config}/agent.json` },
    { name: names.namespace, value: spec.namespace },
    { name: names.leaseName, value: agentName(spec) },
    { name: names.podName, valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: names.gcsAddress, value: `${headServiceName(spec.name)}.${spec.namespace}.svc:${nodePorts.gcs}` },
    { name: names.recordFolder, value: `${folders.work}/decisions` },
    ...(spec.authentication.mode === "token" ? [{ name: names.tokenPath, value: `${folders.token}/token` }] : []),
    // The C library gives back at once what V8's compiler took in larger pieces, and keeps no reserve of its own for each thread.
    { name: "MALLOC_ARENA_MAX", value: "1" },
    { name: "MALLOC_MMAP_THRESHOLD_", value: "16384" },
  ];
}

interface Volumes {
  readonly volumes: NonNullable<PodSpec["volumes"]>;
  readonly mounts: NonNullable<Container["volumeMounts"]>;
}

function volumesOf(spec: KubernetesClusterSpec, programNames: readonly string[]): Volumes {
  const { mode, secretName = spec.name } = spec.authentication;
  const mount = (name: keyof typeof folders, readOnly = true) => ({ name, mountPath: folders[name], ...(readOnly ? { readOnly } : {}) });
  const token = mode === "token";
  const sources = programNames.map((name) => ({ configMap: { name } }));
  return {
    volumes: [
      { name: "config", configMap: { name: agentName(spec) } },
      ...(sources.length === 0 ? [] : [{ name: "program", projected: { sources } }]),
      ...(token ? [{ name: "token", secret: { secretName, items: [{ key: "auth_token", path: "token" }], defaultMode: 0o440 } }] : []),
      { name: "work", emptyDir: { sizeLimit: "256Mi" } },
    ],
    mounts: [
      mount("config"),
      ...(sources.length === 0 ? [] : [mount("program")]),
      ...(token ? [mount("token")] : []),
      mount("work", false),
    ],
  };
}

/** Waits long for the first answer: another agent may hold the Lease for half a minute. */
function probes(): Pick<Container, "startupProbe" | "livenessProbe" | "readinessProbe"> {
  const httpGet = { path: "/healthz", port: "metrics" };
  return {
    startupProbe: { httpGet, periodSeconds: 5, failureThreshold: 120 },
    livenessProbe: { httpGet, periodSeconds: 20, failureThreshold: 3, timeoutSeconds: 5 },
    readinessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5 },
  };
}

/**
 * The agent's pod, on nodes like the head's. It runs as nobody special, writes into one folder, and has the only token of the API server that may change the RayCluster.
 *
 * @param programNames ConfigMaps with the parts of the program, in their order; none: the image has it
 */
export function planAgentPod(spec: KubernetesClusterSpec, programNames: readonly string[]): PodTemplateSpec {
  const { image, nodeImage = defaultNodeImage, cpu, memoryGiB } = spec.agent;
  const { volumes, mounts } = volumesOf(spec, programNames);
  const amounts = { cpu: cpuQuantity(cpu), memory: memoryQuantity(memoryGiB) };
  const labels = sortedMap({ ...spec.objectLabels, ...agentLabels(spec) });
  const { imagePullSecrets, imagePullPolicy } = spec.ray;
  return {
    metadata: { ...(labels === undefined ? {} : { labels }) },
    spec: {
      serviceAccountName: agentName(spec),
      automountServiceAccountToken: true,
      terminationGracePeriodSeconds: 10,
      ...headPlacement(spec),
      ...(imagePullSecrets.length === 0 ? {} : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: nodeUser,
        runAsGroup: nodeUser,
        fsGroup: nodeUser,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "agent",
          image: image ?? nodeImage,
          imagePullPolicy,
          ...(programNames.length === 0 ? {} : { command: ["/bin/sh", "-c", startProgram] }),
          env: environment(spec),
          ports: [{ name: "metrics", containerPort: nodePorts.agentMetrics }],
          resources: { requests: amounts, limits: { ...amounts } },
          ...probes(),
          securityContext: { ...leastPrivileges, readOnlyRootFilesystem: true },
          volumeMounts: mounts,
        },
      ],
      volumes,
    },
  };
}
