import { needsGate } from "./gates";
import type { ManifestNode } from "./manifestNode";
import { type ClusterRule, envNamed, forClusters, type ManifestRule, problemAt, problemsAt } from "./manifestRule";
import type { ClusterParts } from "./rayManifest";

const tlsVariables = ["RAY_USE_TLS", "RAY_TLS_SERVER_CERT", "RAY_TLS_SERVER_KEY", "RAY_TLS_CA_CERT"] as const;
const tlsVolume = "ray-tls";
const tlsPath = "/etc/ray/tls";
const collectorContainer = "ray-history-collector";
const collectorVariables = [
  "POD_IP",
  "FQ_RAY_IP",
  "RAY_CLUSTER_NAME",
  "RAY_CLUSTER_NAMESPACE",
  "RAY_ROLE",
  "OWNER_KIND",
  "OWNER_NAME",
  "EVENTS_PORT",
] as const;

const ownVerdict = { problem: "is the operator's own", expected: "another name and place", fix: "Remove or rename it." };

function isTlsOn({ spec }: ClusterParts): boolean {
  return spec.at("tlsOptions", "enabled").isTrue;
}

/** The lists of environment variables or mounts that the operator adds to: of Ray's containers and the autoscaler. */
function listsOf({ spec, podGroups }: ClusterParts, key: "env" | "volumeMounts"): readonly ManifestNode[] {
  const ofRay = podGroups.flatMap(({ containers: [ray] }) => (ray === undefined ? [] : [ray.get(key)]));
  return [...ofRay, spec.at("autoscalerOptions", key)];
}

function collectorOf({ spec }: ClusterParts): ManifestNode {
  return spec.at("historyServerOptions", "collectorOptions");
}

/** What the collector's variables must hold for each backend; one of each inner list. */
function storageNeeds(backend: string, authMode: string): readonly (readonly string[])[] {
  if (backend === "GCS") return [["GCS_BUCKET"]];
  if (backend === "S3") return [["S3_REGION"]];
  if (backend === "ALIYUNOSS") return [["OSS_BUCKET"], ["OSS_ENDPOINT"], ["OSS_REGION"]];
  if (backend !== "AZUREBLOB") return [];
  if (authMode === "connection_string") return [["AZURE_STORAGE_CONNECTION_STRING"]];
  if (["workload_identity", "default"].includes(authMode)) return [["AZURE_STORAGE_ACCOUNT_URL"]];
  return [["AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_ACCOUNT_URL"]];
}

function missingStorage(env: ManifestNode): readonly string[] {
  const item = (name: string) => env.items.findLast((one) => one.get("name").text === name);
  const isThere = (name: string) => {
    const found = item(name);
    return found !== undefined && (found.get("value").text !== "" || found.get("valueFrom").isSet);
  };
  const backend = item("STORAGE_BACKEND")?.get("value").text ?? "";
  if (backend === "") return ["STORAGE_BACKEND"];
  const authMode = item("AZURE_STORAGE_AUTH_MODE")?.get("value").text ?? "";
  return storageNeeds(backend.toUpperCase(), authMode.trim().toLowerCase())
    .filter((names) => !names.some(isThere))
    .map((names) => names.join(" or "));
}

const rules: readonly ClusterRule[] = [
  {
    id: "tls-gate",
    caughtBy: "operator",
    since: "1.7.0",
    text: "tlsOptions needs the gate RayClusterMTLS, and cert-manager in the cluster.",
    check: ({ spec }, context) => needsGate(spec.get("tlsOptions"), "RayClusterMTLS", context),
  },
  {
    id: "tls-managed-variables",
    caughtBy: "operator",
    since: "1.7.0",
    text: "With tlsOptions no container sets RAY_USE_TLS or RAY_TLS_…: the operator writes them.",
    check: (cluster) =>
      isTlsOn(cluster)
        ? problemsAt(
            listsOf(cluster, "env").flatMap((env) => envNamed(env, ...tlsVariables)),
            ownVerdict,
          )
        : [],
  },
  {
    id: "tls-managed-mounts",
    caughtBy: "operator",
    since: "1.7.0",
    text: "With tlsOptions no container mounts a volume ray-tls or anything at /etc/ray/tls: the operator does.",
    check: (cluster) => {
      const mounts = listsOf(cluster, "volumeMounts").flatMap(({ items }) => items);
      const taken = mounts.flatMap((mount) => {
        if (mount.get("name").text === tlsVolume) return [mount.get("name")];
        return mount.get("mountPath").text === tlsPath ? [mount.get("mountPath")] : [];
      });
      return isTlsOn(cluster) ? problemsAt(taken, ownVerdict) : [];
    },
  },
  {
    id: "history-server-gate",
    caughtBy: "operator",
    since: "1.7.0",
    text: "historyServerOptions needs the gate RayClusterHistoryServer.",
    check: ({ spec }, context) => needsGate(spec.get("historyServerOptions"), "RayClusterHistoryServer", context),
  },
  {
    id: "history-server-image",
    caughtBy: "operator",
    since: "1.7.0",
    text: "historyServerOptions has collectorOptions with an image.",
    check: (cluster) => {
      const image = collectorOf(cluster).get("image");
      const verdict = { problem: "is missing", expected: "the collector's image", fix: "Write it." };
      return cluster.spec.get("historyServerOptions").isMap && image.text === "" ? [problemAt(image, verdict)] : [];
    },
  },
  {
    id: "history-server-managed-variables",
    caughtBy: "operator",
    since: "1.7.0",
    text: "The collector's env sets none of the variables that the operator writes, such as RAY_CLUSTER_NAME or POD_IP.",
    check: (cluster) => problemsAt(envNamed(collectorOf(cluster).get("env"), ...collectorVariables), ownVerdict),
  },
  {
    id: "history-server-storage",
    caughtBy: "operator",
    since: "1.7.0",
    text: "The collector's env has STORAGE_BACKEND as plain text and what that backend needs: a bucket, a region or an account.",
    check: (cluster) => {
      const env = collectorOf(cluster).get("env");
      const missing = collectorOf(cluster).isMap ? missingStorage(env) : [];
      return missing.map((name) =>
        problemAt(env, {
          problem: "lacks a variable of the storage",
          got: env.isSet ? env.quoted : "nothing",
          expected: name,
          fix: "Add it.",
        }),
      );
    },
  },
  {
    id: "history-server-container",
    caughtBy: "operator",
    since: "1.7.0",
    text: "With historyServerOptions no container is called ray-history-collector.",
    check: (cluster) => {
      const names = cluster.podGroups.flatMap(({ containers }) => containers.map((container) => container.get("name")));
      const taken = names.filter(({ text }) => text === collectorContainer);
      return cluster.spec.get("historyServerOptions").isSet ? problemsAt(taken, ownVerdict) : [];
    },
  },
];

/** What the operator asks where it adds containers, variables and volumes of its own. */
export const managedNameRules: readonly ManifestRule[] = forClusters(rules);
