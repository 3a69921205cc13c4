import {
  type KubernetesClusterSpec,
  kubernetesClusterSpecJsonSchema,
  kubernetesClusterSpecSchema,
  kubernetesWorkerGroupSpecSchema,
} from "../../../contract/kubernetes/kubernetesClusterSpec";
import { groupNamesFree, groupNamesOnce } from "../groupNameRules";
import { idleTimeoutOverTicks, minimaUnderClusterMaximum, minimumUnderMaximum } from "../groupSizeRules";
import { type ParsedSpec, parseSpec, type SpecContext, type SpecForm } from "../parseSpec";
import { scheduleRules } from "../scheduleRules";
import type { SpecKey } from "../specKeys";
import { raysWords } from "../specShape";
import type { KubernetesDraft, KubernetesRule } from "./kubernetesRule";
import { plannedProblems } from "./plannedProblems";
import { specAgentRules } from "./specAgentRules";
import { specAutoscalerRules } from "./specAutoscalerRules";
import { specIngressRules } from "./specIngressRules";
import { specKindRules } from "./specKindRules";
import { specKueueRules } from "./specKueueRules";
import { specMonitoringRules } from "./specMonitoringRules";
import { specNetworkRules } from "./specNetworkRules";
import { specOwnedNameRules } from "./specOwnedNameRules";
import { specPodRules } from "./specPodRules";
import { specStorageRules } from "./specStorageRules";
import { specVersionRules } from "./specVersionRules";
import { specVolumeRules } from "./specVolumeRules";

/** Every rule that the schema cannot say, by name, in the order in which problems are reported. */
export const kubernetesSpecRules: Readonly<Record<string, KubernetesRule>> = {
  ...specVersionRules,
  groupNamesOnce,
  groupNamesFree,
  minimumUnderMaximum,
  minimaUnderClusterMaximum,
  idleTimeoutOverTicks,
  ...specAutoscalerRules,
  ...specAgentRules,
  ...specKindRules,
  ...specKueueRules,
  ...specPodRules,
  ...specIngressRules,
  ...specNetworkRules,
  ...specMonitoringRules,
  ...specStorageRules,
  ...specVolumeRules,
  ...scheduleRules,
  ...specOwnedNameRules,
};

/** KubeRay's words, and those of its chart, for what is spelled otherwise here. */
const kubeRaysWords: Readonly<Record<string, string>> = {
  ...raysWords,
  headGroupSpec: "head",
  rayVersion: "ray",
  enableInTreeAutoscaling: "autoscaler",
  gcsFaultToleranceOptions: "gcsFaultTolerance",
  authOptions: "authentication",
  tlsOptions: "tls",
  runtimeEnvYAML: "runtimeEnv",
  serveConfigV2: "serveConfig",
  submitterPodTemplate: "submitterPod",
  jobTemplate: "job",
  serviceAccount: "serviceAccountName",
  watchNamespace: "watchNamespaces",
  singleNamespaceInstall: "scope",
};

/** What a stack file with `platform: kubernetes` may hold. */
export const kubernetesSpecForm: SpecForm<KubernetesDraft & { readonly name?: string | undefined }, KubernetesClusterSpec> = {
  schema: kubernetesClusterSpecSchema,
  draftSchema: kubernetesClusterSpecSchema.extend({
    platform: kubernetesClusterSpecSchema.shape.platform.default("kubernetes"),
    workerGroups: kubernetesWorkerGroupSpecSchema.array().default([]),
  }),
  nameSchema: kubernetesClusterSpecSchema.shape.name,
  root: kubernetesClusterSpecJsonSchema() as SpecKey,
  otherWords: kubeRaysWords,
  rules: kubernetesSpecRules,
  named: (draft, stackName) => ({ ...draft, name: draft.name ?? stackName }),
  planProblems: plannedProblems,
};

/** Checks what stands under `rayfleet:cluster` with `platform: kubernetes`, and fills in the defaults. @see parseSpec */
export function parseKubernetesClusterSpec(value: unknown, context: SpecContext): ParsedSpec<KubernetesClusterSpec> {
  return parseSpec(kubernetesSpecForm, value, context);
}
