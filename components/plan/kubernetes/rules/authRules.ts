import { type ClusterRule, forClusters, type ManifestRule, problemAt } from "./manifestRule";
import type { ClusterParts } from "./rayManifest";
import { isOlder, parseReleaseVersion } from "./releaseVersion";

const tokensSince = [2, 52];
const kubernetesTokensSince = [2, 55];

function isTokenMode({ spec }: ClusterParts): boolean {
  return spec.at("authOptions", "mode").text === "token";
}

function isByKubernetes({ spec }: ClusterParts): boolean {
  return spec.at("authOptions", "enableK8sTokenAuth").isTrue;
}

function rayOlderThan({ spec }: ClusterParts, since: readonly number[]): boolean {
  const ray = parseReleaseVersion(spec.get("rayVersion").text);
  return ray !== undefined && isOlder(ray, since);
}

const rules: readonly ClusterRule[] = [
  {
    id: "token-needs-ray-version",
    caughtBy: "operator",
    text: "authOptions.mode token needs a rayVersion that can be read.",
    check: (cluster) => {
      const version = cluster.spec.get("rayVersion");
      const verdict = { problem: "is needed by authOptions.mode token", expected: "2.52.0 or later", fix: "Write Ray's version." };
      return isTokenMode(cluster) && parseReleaseVersion(version.text) === undefined ? [problemAt(version, verdict)] : [];
    },
  },
  {
    id: "token-ray-too-old",
    caughtBy: "operator",
    text: "authOptions.mode token needs Ray 2.52.0 or later.",
    check: (cluster) => {
      const verdict = { problem: "is too old for authOptions.mode token", expected: "2.52.0 or later", fix: "Take a later Ray." };
      return isTokenMode(cluster) && rayOlderThan(cluster, tokensSince) ? [problemAt(cluster.spec.get("rayVersion"), verdict)] : [];
    },
  },
  {
    id: "kubernetes-token-ray-too-old",
    caughtBy: "operator",
    since: "1.6.0",
    text: "enableK8sTokenAuth needs Ray 2.55.0 or later.",
    check: (cluster) => {
      const verdict = { problem: "is too old for enableK8sTokenAuth", expected: "2.55.0 or later", fix: "Take a later Ray." };
      const isOld = rayOlderThan(cluster, kubernetesTokensSince) && !rayOlderThan(cluster, tokensSince);
      return isTokenMode(cluster) && isByKubernetes(cluster) && isOld ? [problemAt(cluster.spec.get("rayVersion"), verdict)] : [];
    },
  },
  {
    id: "kubernetes-token-secret",
    caughtBy: "operator",
    since: "1.6.0",
    text: "enableK8sTokenAuth excludes secretName.",
    check: (cluster) => {
      const secret = cluster.spec.at("authOptions", "secretName");
      const verdict = { problem: "has nothing to do with enableK8sTokenAuth", expected: "only one of the two", fix: "Remove it." };
      return isTokenMode(cluster) && isByKubernetes(cluster) && secret.text !== "" ? [problemAt(secret, verdict)] : [];
    },
  },
  {
    id: "kubernetes-token-mode",
    caughtBy: "operator",
    since: "1.6.0",
    text: "enableK8sTokenAuth needs authOptions.mode token.",
    check: (cluster) => {
      const verdict = { problem: "needs mode token", expected: "authOptions.mode: token", fix: "Write it." };
      return isByKubernetes(cluster) && !isTokenMode(cluster)
        ? [problemAt(cluster.spec.at("authOptions", "enableK8sTokenAuth"), verdict)]
        : [];
    },
  },
  {
    id: "auth-without-mode",
    caughtBy: "nobody",
    text: "authOptions names a mode. The field's description says that token is the default; in fact nothing is authenticated without it.",
    check: (cluster) => {
      const options = cluster.spec.get("authOptions");
      const verdict = {
        problem: "is missing, so that nobody is asked for a token",
        expected: "token or disabled",
        fix: "Write mode: token.",
      };
      return options.isMap && !options.get("mode").isSet && !isByKubernetes(cluster) ? [problemAt(options.get("mode"), verdict)] : [];
    },
  },
];

/** What the operator asks of authentication; its rules for jobs and services come after. */
export const authRules: readonly ManifestRule[] = [
  ...forClusters(rules),
  {
    id: "kubernetes-token-kind",
    kinds: ["RayJob", "RayService", "RayCronJob"],
    caughtBy: "operator",
    since: "1.6.0",
    text: "enableK8sTokenAuth is for a RayCluster only.",
    check: ({ cluster, kind }) => {
      const verdict = { problem: `is not for a ${kind}`, expected: "a RayCluster of its own", fix: "Remove it." };
      return cluster !== undefined && isByKubernetes(cluster)
        ? [problemAt(cluster.spec.at("authOptions", "enableK8sTokenAuth"), verdict)]
        : [];
    },
  },
];
