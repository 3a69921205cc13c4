import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { childName } from "../names";
import type { KubernetesObject, SpecifiedObject } from "./kubernetesObject";
import { objectMetadata } from "./objectMetadata";
import type { KubernetesClusterPlan } from "./planKubernetesCluster";
import type { HelmRelease } from "./planOperator";

/** Where Argo CD finds what is rendered, and where it brings it. */
export interface ArgoCdOptions {
  /** Git repository with the rendered objects. */
  readonly repoUrl: string;
  /** Folder in it that holds the objects and nothing else. */
  readonly path: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** Argo CD's project. */
  readonly project: string;
  /** Namespace that Argo CD runs in. */
  readonly argoCdNamespace: string;
  /** Argo CD's name of the cluster. */
  readonly destinationName: string;
}

interface GitSource {
  readonly repoURL: string;
  readonly targetRevision: string;
  readonly path: string;
}

interface ChartSource {
  readonly repoURL: string;
  readonly targetRevision: string;
  readonly chart: string;
  readonly helm: { readonly releaseName: string; readonly skipCrds: true; readonly valuesObject: object };
}

interface IgnoredDifference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly jsonPointers: readonly string[];
}

/** One of Argo CD's Applications. */
export type ArgoCdApplication = SpecifiedObject<{
  readonly project: string;
  readonly source: GitSource | ChartSource;
  readonly destination: { readonly name: string; readonly namespace: string };
  readonly syncPolicy: {
    readonly automated: { readonly prune: boolean; readonly selfHeal: true };
    readonly syncOptions: readonly string[];
    readonly retry: {
      readonly limit: number;
      readonly backoff: { readonly duration: string; readonly factor: number; readonly maxDuration: string };
    };
  };
  readonly ignoreDifferences?: readonly IgnoredDifference[];
}>;

/** KubeRay's own repository: its charts hold the CRDs too, but Helm would make them once and never again. */
const kubeRayRepository = "https://github.com/ray-project/kuberay.git";

/** Longer than the operator takes to start, and than Argo CD's view of a RayCluster may be behind: each try looks anew. */
const retry = { limit: 10, backoff: { duration: "10s", factor: 2, maxDuration: "3m" } } as const;

/**
 * What Git does not decide about Ray's object.
 *
 * The list of worker groups is one value, to the API server and to Argo CD: a path to `replicas` inside it either brings the whole list back from the cluster, so that no
 * edit of a group ever arrives and the Application is never in sync, or is dropped when Argo CD restores what Git says, which sets all groups to no replicas. So the
 * list as a whole is left as it is. The version goes with it: Argo CD writes back the list that it has read, and a list that an autoscaler has changed
 * since must be refused, not overwritten.
 */
function ignoredDifferences(spec: KubernetesClusterSpec, { autoscaled, objects }: KubernetesClusterPlan): readonly IgnoredDifference[] {
  const { name, namespace, kueue } = spec;
  const ray = objects.find(({ apiVersion, metadata }) => apiVersion.startsWith("ray.io/") && metadata.name === name);
  if (ray === undefined) return [];
  // The operator makes the RayCluster of a job or a service itself, and an autoscaler writes to that one.
  const groupsMove = ray.kind === "RayCluster" && (autoscaled || kueue !== undefined);
  const jsonPointers = [
    ...(groupsMove ? ["/spec/workerGroupSpecs", "/metadata/resourceVersion"] : []),
    ...(kueue === undefined ? [] : ["/spec/suspend"]),
  ];
  return jsonPointers.length === 0 ? [] : [{ group: "ray.io", kind: ray.kind, name, namespace, jsonPointers }];
}

interface ApplicationParts {
  readonly metadata: KubernetesObject["metadata"];
  /** Its place among the others where one Application brings all three. */
  readonly wave: number;
  readonly source: GitSource | ChartSource;
  readonly namespace: string;
  readonly prune: boolean;
  readonly syncOptions: readonly string[];
  readonly ignored?: readonly IgnoredDifference[];
}

function application(options: ArgoCdOptions, parts: ApplicationParts): ArgoCdApplication {
  const { metadata, wave, source, namespace, prune, syncOptions, ignored = [] } = parts;
  const annotations = { ...metadata.annotations, "argocd.argoproj.io/sync-wave": String(wave) };
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { ...metadata, namespace: options.argoCdNamespace, annotations },
    spec: {
      project: options.project,
      source,
      destination: { name: options.destinationName, namespace },
      syncPolicy: { automated: { prune, selfHeal: true }, syncOptions, retry },
      ...(ignored.length === 0 ? {} : { ignoreDifferences: ignored }),
    },
  };
}

/** Never pruned: with the CRDs every RayCluster in Kubernetes goes. One Application for all clusters, so nothing of one of them stands in it. */
function crds(options: ArgoCdOptions, { version }: HelmRelease): ArgoCdApplication {
  return application(options, {
    metadata: { name: "kuberay-crds", labels: { "app.kubernetes.io/managed-by": "rayfleet" } },
    wave: 0,
    source: { repoURL: kubeRayRepository, targetRevision: `v${version}`, path: "helm-chart/kuberay-operator/crds" },
    namespace: "default",
    prune: false,
    syncOptions: ["ServerSideApply=true"],
  });
}

function operator(spec: KubernetesClusterSpec, options: ArgoCdOptions, release: HelmRelease): ArgoCdApplication {
  const { releaseName, chart, repository, version, namespace, values } = release;
  return application(options, {
    metadata: objectMetadata(spec, childName(spec.name, "operator")),
    wave: 1,
    source: { repoURL: repository, targetRevision: version, chart, helm: { releaseName, skipCrds: true, valuesObject: values } },
    namespace,
    prune: true,
    syncOptions: ["ServerSideApply=true", "CreateNamespace=true"],
  });
}

/** The Applications of a plan, in the order in which they are to be made: KubeRay's CRDs, its operator, the cluster. */
export function planArgoCd(spec: KubernetesClusterSpec, plan: KubernetesClusterPlan, options: ArgoCdOptions): readonly ArgoCdApplication[] {
  const { repoUrl, revision, path } = options;
  const release = plan.operator;
  const ignored = ignoredDifferences(spec, plan);
  return [
    ...(release === undefined ? [] : [crds(options, release), operator(spec, options, release)]),
    application(options, {
      metadata: objectMetadata(spec, spec.name),
      wave: 2,
      source: { repoURL: repoUrl, targetRevision: revision, path },
      namespace: spec.namespace,
      prune: true,
      syncOptions: [
        "ServerSideApply=true",
        // The first sync may come before the operator's CRDs.
        "SkipDryRunOnMissingResource=true",
        ...(ignored.length === 0 ? [] : ["RespectIgnoreDifferences=true"]),
      ],
      ignored,
    }),
  ];
}
