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
import type { SpecProblem } from "../specProblem";
import { raysWords } from "../specShape";
import type { KubernetesDraft, KubernetesRule } from "./kubernetesRule";
import { planRayCluster } from "./planRayCluster";
import { checkManifests } from "./rules/checkManifests";
import { specAgentRules } from "./specAgentRules";
import { specAutoscalerRules } from "./specAutoscalerRules";
import { specIngressRules } from "./specIngressRules";
import { specMonitoringRules } from "./specMonitoringRules";
import { specNetworkRules } from "./specNetworkRules";
import { specOwnedNameRules } from "./specOwnedNameRules";
import { specPodRules } from "./specPodRules";
import { specStorageRules } from "./specStorageRules";
import { specVersionRules } from "./specVersionRules";

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
  ...specPodRules,
  ...specIngressRules,
  ...specNetworkRules,
  ...specMonitoringRules,
  ...specStorageRules,
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
  serviceAccount: "serviceAccountName",
  watchNamespace: "watchNamespaces",
  singleNamespaceInstall: "scope",
};

/** What the rules about KubeRay's objects say of the planned one: whatever no rule about a key has caught. */
function plannedProblems(spec: KubernetesClusterSpec): readonly SpecProblem[] {
  const { version, featureGates } = spec.operator;
  const report = checkManifests([planRayCluster(spec)], {
    operatorVersion: version,
    featureGates,
    kueue: spec.kueue !== undefined,
    webhook: false,
    // A RayCluster holds no YAML inside.
    parseYaml: () => undefined,
  });
  return report.problems.map(({ path, problem, got, expected, fix }) => ({ path: `RayCluster.${path}`, problem, got, expected, fix }));
}

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
