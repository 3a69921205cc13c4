import { isV2ByVariable, isV2Written, versionVariables } from "./autoscalerVersion";
import { type ClusterRule, envNamed, forClusters, type ManifestRule, problemsAt } from "./manifestRule";
import type { PodGroup } from "./rayManifest";

const restartVerdict = {
  problem: "restarts Ray without the autoscaler's knowledge",
  expected: "Never or nothing, with version 2 of the autoscaler",
  fix: "Remove it.",
};

function restarting(podGroups: readonly PodGroup[]) {
  return podGroups.map(({ pod }) => pod.get("restartPolicy")).filter(({ text }) => text !== "" && text !== "Never");
}

const rules: readonly ClusterRule[] = [
  {
    id: "v2-variable-without-autoscaling",
    caughtBy: "operator",
    text: "RAY_enable_autoscaler_v2 is not set on the head while autoscaling is off.",
    check: (cluster) =>
      cluster.autoscaling || !isV2ByVariable(cluster)
        ? []
        : problemsAt(versionVariables(cluster).slice(0, 1), {
            problem: "is set while autoscaling is off",
            expected: "enableInTreeAutoscaling: true, or no such variable",
            fix: "Remove it or turn autoscaling on.",
          }),
  },
  {
    id: "autoscaler-version-twice",
    caughtBy: "operator",
    text: "The autoscaler's version is written in autoscalerOptions.version or in RAY_enable_autoscaler_v2, not in both.",
    check: (cluster) =>
      cluster.autoscaling && cluster.spec.at("autoscalerOptions", "version").isSet
        ? problemsAt(versionVariables(cluster), {
            problem: "says what autoscalerOptions.version says too",
            expected: "only autoscalerOptions.version",
            fix: "Remove the variable.",
          })
        : [],
  },
  {
    id: "head-restart-policy",
    caughtBy: "operator",
    text: "With `version: v2` the head's restartPolicy is Never or not written.",
    check: (cluster) => (cluster.autoscaling && isV2Written(cluster) ? problemsAt(restarting([cluster.head]), restartVerdict) : []),
  },
  {
    id: "group-restart-policy",
    caughtBy: "operator",
    text: "With `version: v2` each worker group's restartPolicy is Never or not written.",
    check: (cluster) => (cluster.autoscaling && isV2Written(cluster) ? problemsAt(restarting(cluster.groups), restartVerdict) : []),
  },
  {
    id: "idle-timeout-negative",
    caughtBy: "operator",
    since: "1.6.0",
    text: "autoscalerOptions.idleTimeoutSeconds is not negative.",
    check: ({ spec }) =>
      problemsAt(
        [spec.at("autoscalerOptions", "idleTimeoutSeconds")].filter(({ number }) => (number ?? 0) < 0),
        { problem: "is negative", expected: "0 or more seconds", fix: "Raise it." },
      ),
  },
  {
    id: "autoscaler-managed-variable",
    caughtBy: "operator",
    since: "1.7.0",
    text: "KUBERAY_GEN_AUTOSCALER_START_CMD is not set by hand: the operator writes it.",
    check: ({ spec }) =>
      problemsAt(envNamed(spec.at("autoscalerOptions", "env"), "KUBERAY_GEN_AUTOSCALER_START_CMD"), {
        problem: "is the operator's own variable",
        expected: "any other name",
        fix: "Remove it.",
      }),
  },
];

/** What the operator asks of Ray's autoscaler. */
export const autoscalerRules: readonly ManifestRule[] = forClusters(rules);
