import { submissionModes } from "../../../../contract/kuberay/rayJob";
import { nearestKey } from "../../nearestKey";
import type { ManifestNode } from "./manifestNode";
import { forJobs, type JobRule, type ManifestRule, problemAt, problemsAt, type RuleContext } from "./manifestRule";

const clusterKey = "ray.io/cluster";

function isOnSelectedCluster(job: ManifestNode): boolean {
  return job.get("clusterSelector").entries.length > 0;
}

function modeOf(job: ManifestNode): string {
  return job.get("submissionMode").text || "K8sJobMode";
}

/** A map, or nothing at all: what the operator can read as a runtime environment. */
function isYamlMap(text: string, { parseYaml }: RuleContext): boolean {
  try {
    const value = parseYaml(text);
    return value === undefined || value === null || (typeof value === "object" && !Array.isArray(value));
  } catch {
    return false;
  }
}

function isJsonMap(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function tooSmall(node: ManifestNode, least: number, unit: string) {
  const verdict = { problem: "is too small", expected: `${least} or more${unit}`, fix: "Raise it." };
  return node.number !== undefined && node.number < least ? [problemAt(node, verdict)] : [];
}

const retryVerdict = (mode: string) => ({ problem: `cannot be with ${mode}`, expected: `0 with ${mode}`, fix: "Remove it." });

const rules: readonly JobRule[] = [
  {
    id: "job-suspend-needs-shutdown",
    caughtBy: "operator",
    text: "A job with suspend has shutdownAfterJobFinishes.",
    check: (job) => {
      const verdict = { problem: "needs shutdownAfterJobFinishes", expected: "shutdownAfterJobFinishes: true", fix: "Write it." };
      return job.get("suspend").isTrue && !job.get("shutdownAfterJobFinishes").isTrue ? [problemAt(job.get("suspend"), verdict)] : [];
    },
  },
  {
    id: "job-ttl-needs-shutdown",
    caughtBy: "operator",
    text: "ttlSecondsAfterFinished needs shutdownAfterJobFinishes.",
    check: (job) => {
      const ttl = job.get("ttlSecondsAfterFinished");
      const verdict = { problem: "needs shutdownAfterJobFinishes", expected: "shutdownAfterJobFinishes: true", fix: "Write it." };
      return (ttl.number ?? 0) > 0 && !job.get("shutdownAfterJobFinishes").isTrue ? [problemAt(ttl, verdict)] : [];
    },
  },
  {
    id: "job-ttl-negative",
    caughtBy: "operator",
    text: "ttlSecondsAfterFinished is not negative.",
    check: (job) => tooSmall(job.get("ttlSecondsAfterFinished"), 0, " seconds"),
  },
  {
    id: "job-without-cluster",
    caughtBy: "operator",
    text: "A job has a rayClusterSpec or a clusterSelector.",
    check: (job) => {
      const spec = job.get("rayClusterSpec");
      const verdict = { problem: "is missing", expected: "a cluster of its own, or a clusterSelector", fix: "Write one of the two." };
      return spec.isSet || isOnSelectedCluster(job) || !job.isMap ? [] : [problemAt(spec, verdict)];
    },
  },
  {
    id: "selector-without-name",
    caughtBy: "operator",
    text: "A clusterSelector names a cluster under ray.io/cluster; other labels select nothing.",
    check: (job) => {
      const name = job.get("clusterSelector").get(clusterKey);
      const verdict = { problem: "is missing", expected: "the name of a RayCluster", fix: "Write it." };
      return isOnSelectedCluster(job) && name.text === "" ? [problemAt(name, verdict)] : [];
    },
  },
  {
    id: "selector-with-suspend",
    caughtBy: "operator",
    text: "A job with a clusterSelector has no suspend.",
    check: (job) => {
      const verdict = { problem: "cannot be on a cluster of others", expected: "false with clusterSelector", fix: "Remove it." };
      return isOnSelectedCluster(job) && job.get("suspend").isTrue ? [problemAt(job.get("suspend"), verdict)] : [];
    },
  },
  {
    id: "selector-with-sidecar",
    caughtBy: "operator",
    text: "A job with a clusterSelector is not in SidecarMode.",
    check: (job) => {
      const mode = job.get("submissionMode");
      const verdict = {
        problem: "needs a cluster of its own",
        expected: "any other mode with clusterSelector",
        fix: "Choose another mode.",
      };
      return isOnSelectedCluster(job) && mode.text === "SidecarMode" ? [problemAt(mode, verdict)] : [];
    },
  },
  {
    id: "selector-with-retries",
    caughtBy: "operator",
    since: "1.6.0",
    text: "A job with a clusterSelector has no backoffLimit.",
    check: (job) => {
      const retries = job.get("backoffLimit");
      return isOnSelectedCluster(job) && (retries.number ?? 0) > 0 ? [problemAt(retries, retryVerdict("clusterSelector"))] : [];
    },
  },
  {
    id: "interactive-with-retries",
    caughtBy: "operator",
    text: "A job in InteractiveMode has no backoffLimit.",
    check: (job) => {
      const retries = job.get("backoffLimit");
      return modeOf(job) === "InteractiveMode" && (retries.number ?? 0) > 0 ? [problemAt(retries, retryVerdict("InteractiveMode"))] : [];
    },
  },
  {
    id: "sidecar-with-submitter",
    caughtBy: "operator",
    text: "A job in SidecarMode has no submitterPodTemplate and no submitterConfig.",
    check: (job) =>
      modeOf(job) === "SidecarMode"
        ? problemsAt(
            [job.get("submitterPodTemplate"), job.get("submitterConfig")].filter(({ isSet }) => isSet),
            { problem: "is not for SidecarMode", expected: "nothing in SidecarMode", fix: "Remove it." },
          )
        : [],
  },
  {
    id: "sidecar-head-restart-policy",
    caughtBy: "operator",
    text: "In SidecarMode the head's restartPolicy is Never or not written.",
    check: (job, { cluster }) => {
      const policy = cluster?.head.pod.get("restartPolicy");
      const verdict = {
        problem: "would start the job again with the head",
        expected: "Never or nothing in SidecarMode",
        fix: "Remove it.",
      };
      return modeOf(job) === "SidecarMode" && policy !== undefined && !["", "Never"].includes(policy.text)
        ? [problemAt(policy, verdict)]
        : [];
    },
  },
  {
    id: "runtime-environment-form",
    caughtBy: "operator",
    text: "runtimeEnvYAML is YAML, and a map.",
    check: (job, _, context) => {
      const text = job.get("runtimeEnvYAML");
      const verdict = {
        problem: "is no YAML map",
        got: `${text.text.length} characters`,
        expected: "keys of a runtime environment",
        fix: "Correct it.",
      };
      return isYamlMap(text.text, context) ? [] : [problemAt(text, verdict)];
    },
  },
  {
    id: "deadline-not-positive",
    caughtBy: "operator",
    text: "activeDeadlineSeconds and preRunningDeadlineSeconds are positive.",
    check: (job) => ["activeDeadlineSeconds", "preRunningDeadlineSeconds"].flatMap((key) => tooSmall(job.get(key), 1, " seconds")),
  },
  {
    id: "retries-negative",
    caughtBy: "operator",
    text: "backoffLimit is not negative.",
    check: (job) => tooSmall(job.get("backoffLimit"), 0, ""),
  },
  {
    id: "submission-mode-unknown",
    caughtBy: "nobody",
    text: "submissionMode is one of KubeRay's four; with any other the job stays in Initializing.",
    check: (job) => {
      const mode = job.get("submissionMode");
      const nearest = nearestKey(mode.text.slice(0, 40), submissionModes);
      const fix = nearest === undefined ? "Choose one of them." : `Write ${nearest}.`;
      const known: readonly string[] = submissionModes;
      const isWrong = mode.text !== "" && !known.includes(mode.text);
      return isWrong ? [problemAt(mode, { problem: "is no submission mode", expected: `one of ${submissionModes.join(", ")}`, fix })] : [];
    },
  },
  {
    id: "entrypoint-missing",
    caughtBy: "nobody",
    text: "A job has an entrypoint, unless it is in InteractiveMode or a submitterPodTemplate brings its own command.",
    check: (job) => {
      const command = job.get("entrypoint");
      const verdict = { problem: "is missing", expected: "the command to run", fix: "Write it, or choose InteractiveMode." };
      const isElsewhere = modeOf(job) === "InteractiveMode" || job.get("submitterPodTemplate").isSet;
      return job.isMap && command.text.trim() === "" && !isElsewhere ? [problemAt(command, verdict)] : [];
    },
  },
  {
    id: "entrypoint-resources-form",
    caughtBy: "nobody",
    text: "entrypointResources is a JSON map as text.",
    check: (job) => {
      const resources = job.get("entrypointResources");
      const verdict = { problem: "is no JSON map", expected: 'text such as {"accelerator": 1}', fix: "Correct it." };
      return resources.text === "" || isJsonMap(resources.text) ? [] : [problemAt(resources, verdict)];
    },
  },
];

/** What the operator asks of jobs, and what it lets pass. */
export const jobRules: readonly ManifestRule[] = forJobs(rules);
