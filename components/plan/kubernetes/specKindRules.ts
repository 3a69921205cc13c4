import type { ClusterJobSpec, RayJobTemplateSpec } from "../../../contract/kubernetes/rayJobSpec";
import { quoteValue, type SpecPath } from "../specProblem";
import type { RuleProblem } from "../specRule";
import { valueAt } from "../specShape";
import type { KubernetesDraft, KubernetesRule } from "./kubernetesRule";
import { rayKindOf } from "./rayKind";

/** Keys that make the cluster another kind of object. */
const kindKeys = ["rayJob", "rayService", "rayCronJob"] as const;

function kindKeysOf(spec: KubernetesDraft): readonly (typeof kindKeys)[number][] {
  return kindKeys.filter((key) => spec[key] !== undefined);
}

const oneKind: KubernetesRule = ({ spec }) => {
  const [first, ...others] = kindKeysOf(spec);
  return others.map((key) => ({
    path: [key],
    involves: [],
    problem: `stands beside ${first ?? ""}, and a cluster is one or the other`,
    got: "both",
    expected: `at most one of ${kindKeys.join(", ")}`,
    fix: "Remove one, or write two stack files.",
  }));
};

/** The agent finds a cluster by its name, which the operator makes up for these. */
const kindHasAutoscaler: KubernetesRule = ({ spec }) =>
  kindKeysOf(spec)
    .filter(() => spec.autoscaler === "rayfleet")
    .map((key) => ({
      path: ["autoscaler"],
      involves: [[key]],
      problem: `does not size the cluster of a ${rayKindOf(spec)}, which the operator makes and names`,
      got: quoteValue("rayfleet"),
      expected: `kuberay or none with ${key}`,
      fix: "Choose one of them.",
    }));

const clusterJobsNeedCluster: KubernetesRule = ({ spec }) =>
  spec.clusterJobs.length === 0
    ? []
    : kindKeysOf(spec).map((key) => ({
        path: ["clusterJobs"],
        involves: [[key]],
        problem: `needs a standing cluster, and there is none with ${key}`,
        got: `${spec.clusterJobs.length} of them`,
        expected: `no ${key} beside it`,
        fix: "Remove one of the two.",
      }));

const clusterJobNamesOnce: KubernetesRule = ({ spec }) =>
  spec.clusterJobs.flatMap(({ name }, index) =>
    spec.clusterJobs.findIndex((other) => other.name === name) === index
      ? []
      : [
          {
            path: ["clusterJobs", index, "name"],
            problem: "is the name of an earlier job too",
            got: quoteValue(name),
            expected: "each name once",
            fix: "Rename it.",
          },
        ],
  );

const dashboardStands: KubernetesRule = ({ spec }) =>
  spec.rayCronJob === undefined || spec.ingress === undefined
    ? []
    : [
        {
          path: ["ingress"],
          involves: [["rayCronJob"]],
          problem: "leads to a Service whose name the operator makes up for each run",
          got: "rayCronJob",
          expected: "a cluster that stands, a rayJob or a rayService",
          fix: "Remove it.",
        },
      ];

interface PlacedJob {
  readonly path: SpecPath;
  readonly job: ClusterJobSpec | RayJobTemplateSpec;
}

function jobsOf({ rayJob, rayCronJob, clusterJobs }: KubernetesDraft): readonly PlacedJob[] {
  return [
    ...(rayJob === undefined ? [] : [{ path: ["rayJob"], job: rayJob }]),
    ...(rayCronJob === undefined ? [] : [{ path: ["rayCronJob", "job"], job: rayCronJob.job }]),
    ...clusterJobs.map((job, index) => ({ path: ["clusterJobs", index], job })),
  ];
}

const jobHasCommand: KubernetesRule = ({ spec }) =>
  jobsOf(spec)
    .filter(({ job: { entrypoint, submissionMode, submitterPod } }) => {
      const isElsewhere = submissionMode === "InteractiveMode" || (submissionMode === "K8sJobMode" && submitterPod.command.length > 0);
      return entrypoint === undefined && !isElsewhere;
    })
    .map(({ path }) => ({
      path: [...path, "entrypoint"],
      involves: [
        [...path, "submissionMode"],
        [...path, "submitterPod"],
      ],
      problem: "is missing, and nobody would notice",
      got: "nothing",
      expected: "the command of the job",
      fix: "Write it, or choose InteractiveMode.",
    }));

const submitterSubmits: KubernetesRule = ({ spec, written }) =>
  jobsOf(spec).flatMap(({ path, job: { submissionMode: mode } }) =>
    ["submitterPod", "submitterConfig"]
      .filter((key) => mode !== "K8sJobMode" && valueAt(written, [...path, key]) !== undefined)
      .map((key) => ({
        path: [...path, key],
        involves: [[...path, "submissionMode"]],
        problem: `has no effect with submissionMode: ${mode}`,
        got: key,
        expected: "K8sJobMode beside it",
        fix: "Remove it or choose K8sJobMode.",
      })),
  );

/** In each of these cases the operator tries again for ever, and the job stays in Initializing. */
const refusedJobs: Readonly<Record<string, (job: PlacedJob) => string | undefined>> = {
  "scheduler-plugins": () => "no job at all",
  "kai-scheduler": ({ job }) => (job.submissionMode === "K8sJobMode" ? "no job in K8sJobMode" : undefined),
  volcano: ({ path }) => (path[0] === "clusterJobs" ? "no job on a cluster that is there" : undefined),
};

const jobsFitBatchScheduler: KubernetesRule = ({ spec }) => {
  const { batchScheduler } = spec.operator;
  if (batchScheduler === undefined) return [];
  return jobsOf(spec).flatMap((placed) => {
    const refused = refusedJobs[batchScheduler]?.(placed);
    return refused === undefined
      ? []
      : [
          {
            path: [...placed.path, "submissionMode"],
            involves: [["operator", "batchScheduler"]],
            problem: `is not scheduled by ${batchScheduler}: the operator takes ${refused} with it, and tries for ever`,
            got: quoteValue(placed.job.submissionMode),
            expected: "another way to submit, or another scheduler",
            fix: "Change submissionMode or operator.batchScheduler.",
          },
        ];
  });
};

/** The operator hands no label of a RayCronJob on to its jobs. */
const queuesReachCronJobs: KubernetesRule = ({ spec }) =>
  (["kueue", "batchQueueName", "batchPriorityClassName"] as const)
    .filter((key) => spec.rayCronJob !== undefined && spec[key] !== undefined)
    .map((key) => ({
      path: [key],
      involves: [["rayCronJob"]],
      problem: "does not reach the jobs of a RayCronJob",
      got: "rayCronJob",
      expected: "a cluster that stands, a rayJob or a rayService",
      fix: "Remove it.",
    }));

const suspendIsKueues: KubernetesRule = ({ spec }) =>
  (["rayJob", "rayService"] as const)
    .filter((key) => spec.kueue !== undefined && spec[key]?.suspend === true)
    .map((key) => ({
      path: [key, "suspend"],
      involves: [["kueue"]],
      problem: "is Kueue's to say",
      got: "true",
      expected: "nothing beside kueue",
      fix: "Remove it; kueue.clusterQueues[].stopPolicy holds a whole queue.",
    }));

const stepsFitStrategy: KubernetesRule = ({ spec }): readonly RuleProblem[] => {
  const { type, clusterUpgradeOptions } = spec.rayService?.upgradeStrategy ?? {};
  const at = ["rayService", "upgradeStrategy"];
  if (clusterUpgradeOptions === undefined || type === "NewClusterWithIncrementalUpgrade") return [];
  return [
    {
      path: [...at, "clusterUpgradeOptions"],
      involves: [[...at, "type"]],
      problem: `has no effect with type: ${type ?? ""}`,
      got: quoteValue(type),
      expected: "type: NewClusterWithIncrementalUpgrade beside it",
      fix: "Remove it or choose that type.",
    },
  ];
};

const batchPriorityFits: KubernetesRule = ({ spec: { batchPriorityClassName: name, operator } }) =>
  name === undefined || operator.batchScheduler === "volcano"
    ? []
    : [
        {
          path: ["batchPriorityClassName"],
          involves: [["operator", "batchScheduler"]],
          problem: "is read by volcano only",
          got: quoteValue(name),
          expected: "operator.batchScheduler: volcano beside it",
          fix: "Remove it, or write priorityClassName of the head and the groups.",
        },
      ];

const priorityClassesOwn: KubernetesRule = ({ spec: { priorityClasses } }) =>
  priorityClasses.flatMap(({ name }, index) => {
    const at = { path: ["priorityClasses", index, "name"], got: quoteValue(name), fix: "Rename it." };
    if (name.startsWith("system-")) {
      return [{ ...at, problem: "begins as Kubernetes' own do", expected: "a name that does not begin with system-" }];
    }
    const isFirst = priorityClasses.findIndex((other) => other.name === name) === index;
    return isFirst ? [] : [{ ...at, problem: "is the name of an earlier class too", expected: "each name once" }];
  });

/** Rules about what kind of object the cluster is, and about jobs. */
export const specKindRules: Readonly<Record<string, KubernetesRule>> = {
  oneKind,
  kindHasAutoscaler,
  clusterJobsNeedCluster,
  clusterJobNamesOnce,
  dashboardStands,
  jobHasCommand,
  submitterSubmits,
  jobsFitBatchScheduler,
  queuesReachCronJobs,
  suspendIsKueues,
  stepsFitStrategy,
  batchPriorityFits,
  priorityClassesOwn,
};
