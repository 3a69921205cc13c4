import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { sortedMap } from "./objectMetadata";
import { operatorGates } from "./operatorGates";
import { cpuQuantity } from "./quantities";
import { isOlderRelease } from "./rules/releaseVersion";

/** The chart's values that are set; the chart itself takes any key without a word. */
export interface OperatorValues {
  readonly image?: { readonly repository: string; readonly tag: string };
  readonly replicas: number;
  /** A list: one that is set replaces the chart's as a whole, so it holds every gate of the release. */
  readonly featureGates: readonly { readonly name: string; readonly enabled: boolean }[];
  /** Never with `enabled` beside it, which makes the operator end at once. */
  readonly batchScheduler?: { readonly name: string };
  readonly singleNamespaceInstall: boolean;
  /** Without `singleNamespaceInstall` the operator still gets rights in the whole cluster. */
  readonly watchNamespace?: readonly string[];
  readonly crNamespacedRbacEnable: boolean;
  readonly reconcileConcurrency: number;
  readonly metrics: {
    readonly enabled: true;
    readonly serviceMonitor: {
      readonly enabled: boolean;
      readonly interval?: string;
      readonly namespace?: string;
      /** Labels of the monitor, up to 1.6. */
      readonly selector?: Readonly<Record<string, string>>;
      /** Labels of the monitor, from 1.7. */
      readonly additionalLabels?: Readonly<Record<string, string>>;
    };
  };
  readonly resources: { readonly limits: { readonly cpu: string; readonly memory: string } };
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

/** One installation of a Helm chart. */
export interface HelmRelease {
  readonly releaseName: string;
  readonly chart: string;
  readonly repository: string;
  readonly version: string;
  readonly namespace: string;
  readonly values: OperatorValues;
}

type ServiceMonitor = OperatorValues["metrics"]["serviceMonitor"];

function serviceMonitor({ version, serviceMonitor: wanted }: KubernetesClusterSpec["operator"]): ServiceMonitor {
  if (!wanted.enabled) return { enabled: false };
  const labels = sortedMap(wanted.labels);
  return {
    enabled: true,
    interval: `${wanted.intervalSeconds}s`,
    ...(wanted.namespace === undefined ? {} : { namespace: wanted.namespace }),
    ...(labels === undefined ? {} : isOlderRelease(version, "1.7.0") ? { selector: labels } : { additionalLabels: labels }),
  };
}

/** The operator's values, without what the chart says already. */
export function planOperatorValues({ operator, namespace }: KubernetesClusterSpec): OperatorValues {
  const { version, image, batchScheduler } = operator;
  const env = Object.entries(sortedMap(operator.environment) ?? {}).map(([name, value]) => ({ name, value }));
  const confined = operator.scope === "namespace";
  return {
    ...(image === undefined ? {} : { image: { repository: image, tag: `v${version}` } }),
    replicas: operator.replicas,
    featureGates: [...operatorGates(version, operator.featureGates)].map(([name, enabled]) => ({ name, enabled })),
    ...(batchScheduler === undefined ? {} : { batchScheduler: { name: batchScheduler } }),
    singleNamespaceInstall: confined,
    ...(confined ? { watchNamespace: [...new Set([namespace, ...operator.watchNamespaces])].sort() } : {}),
    crNamespacedRbacEnable: true,
    reconcileConcurrency: operator.reconcileConcurrency,
    metrics: { enabled: true, serviceMonitor: serviceMonitor(operator) },
    resources: { limits: { cpu: cpuQuantity(operator.cpu), memory: `${operator.memoryMiB}Mi` } },
    ...(env.length === 0 ? {} : { env }),
  };
}

/** The operator as a Helm release; undefined where one is there already. */
export function planOperator(spec: KubernetesClusterSpec): HelmRelease | undefined {
  if (!spec.operator.install) return undefined;
  return {
    releaseName: "kuberay-operator",
    chart: "kuberay-operator",
    repository: "https://ray-project.github.io/kuberay-helm/",
    version: spec.operator.version,
    namespace: spec.operator.namespace ?? spec.namespace,
    values: planOperatorValues(spec),
  };
}

/** Which CRDs are wanted. */
export interface WantedCrds {
  readonly operatorVersion: string;
  /** @default KubeRay's repository at that release */
  readonly source?: string;
}

/** KubeRay's CRDs; undefined where they are there, or somebody else keeps them. */
export function planCrds({ operator: { install, version, crds } }: KubernetesClusterSpec): WantedCrds | undefined {
  if (!install || !crds.install) return undefined;
  return { operatorVersion: version, ...(crds.source === undefined ? {} : { source: crds.source }) };
}
