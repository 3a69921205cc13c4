import type { SpecCase } from "./specCase";

const entrypoint = "python a.py";
const rayJob = { entrypoint };
const rayService = { serveConfig: { applications: [] } };
const rayCronJob = { schedule: "@daily", job: rayJob };
const gate = { operator: { featureGates: { RayCronJob: true } } };
const clusterJobs = [{ name: "a", entrypoint }];
const group = { groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 4 };
const fixed = { autoscaler: "none" as const, workerGroups: [{ ...group, replicas: 2 }] };
const ingress = {
  controller: "nginx" as const,
  controllerNamespace: "nginx",
  host: "ray.example.com",
  authentication: { externalAuthUrl: "http://who" },
};
const steps = { stepSizePercent: 10, intervalSeconds: 10, gatewayClassName: "istio" };
const incremental = "NewClusterWithIncrementalUpgrade" as const;

/** Of the rules about what kind of object a cluster is, and about jobs. */
export const kindCases: readonly SpecCase[] = [
  {
    rule: "oneKind",
    wrong: { rayJob, rayService },
    right: { rayService },
    says: "rayService: stands beside rayJob, and a cluster is one or the other; got both; expected at most one of rayJob, rayService, rayCronJob. Remove one, or write two stack files.",
  },
  {
    rule: "kindHasAutoscaler",
    wrong: { rayJob, autoscaler: "rayfleet" },
    right: { rayJob, autoscaler: "kuberay" },
    says: 'autoscaler: does not size the cluster of a RayJob, which the operator makes and names; got "rayfleet"; expected kuberay or none with rayJob. Choose one of them.',
  },
  {
    rule: "clusterJobsNeedCluster",
    wrong: { rayService, clusterJobs },
    right: { clusterJobs },
    says: "clusterJobs: needs a standing cluster, and there is none with rayService; got 1 of them; expected no rayService beside it. Remove one of the two.",
  },
  {
    rule: "clusterJobNamesOnce",
    wrong: { clusterJobs: [...clusterJobs, ...clusterJobs] },
    right: { clusterJobs: [...clusterJobs, { name: "b", entrypoint }] },
    says: 'clusterJobs[1].name: is the name of an earlier job too; got "a"; expected each name once. Rename it.',
  },
  {
    rule: "dashboardStands",
    wrong: { rayCronJob, ingress, ...gate },
    right: { rayJob, ingress },
    says: "ingress: leads to a Service whose name the operator makes up for each run; got rayCronJob; expected a cluster that stands, a rayJob or a rayService. Remove it.",
  },
  {
    rule: "jobHasCommand",
    wrong: { rayJob: { submissionMode: "HTTPMode" } },
    right: { rayJob: { submissionMode: "InteractiveMode" } },
    says: "rayJob.entrypoint: is missing, and nobody would notice; got nothing; expected the command of the job. Write it, or choose InteractiveMode.",
  },
  {
    rule: "jobHasCommand",
    wrong: { clusterJobs: [{ name: "a", submitterPod: { args: ["x"] } }] },
    right: { clusterJobs: [{ name: "a", submitterPod: { command: ["x"] } }] },
    says: "clusterJobs[0].entrypoint: is missing, and nobody would notice; got nothing; expected the command of the job. Write it, or choose InteractiveMode.",
  },
  {
    rule: "submitterSubmits",
    wrong: { rayJob: { ...rayJob, submissionMode: "HTTPMode", submitterPod: { cpu: 1 } } },
    right: { rayJob: { ...rayJob, submitterPod: { cpu: 1 } } },
    says: "rayJob.submitterPod: has no effect with submissionMode: HTTPMode; got submitterPod; expected K8sJobMode beside it. Remove it or choose K8sJobMode.",
  },
  {
    rule: "jobsFitBatchScheduler",
    wrong: { rayJob, operator: { batchScheduler: "kai-scheduler" }, batchQueueName: "team" },
    right: { rayJob: { ...rayJob, submissionMode: "HTTPMode" }, operator: { batchScheduler: "kai-scheduler" }, batchQueueName: "team" },
    says: 'rayJob.submissionMode: is not scheduled by kai-scheduler: the operator takes no job in K8sJobMode with it, and tries for ever; got "K8sJobMode"; expected another way to submit, or another scheduler. Change submissionMode or operator.batchScheduler.',
  },
  {
    rule: "jobsFitBatchScheduler",
    wrong: { clusterJobs, operator: { batchScheduler: "volcano" } },
    right: { rayJob, operator: { batchScheduler: "volcano" } },
    says: 'clusterJobs[0].submissionMode: is not scheduled by volcano: the operator takes no job on a cluster that is there with it, and tries for ever; got "K8sJobMode"; expected another way to submit, or another scheduler. Change submissionMode or operator.batchScheduler.',
  },
  {
    rule: "jobsFitBatchScheduler",
    wrong: { rayJob, operator: { batchScheduler: "scheduler-plugins" } },
    right: { rayService, operator: { batchScheduler: "scheduler-plugins" } },
    says: 'rayJob.submissionMode: is not scheduled by scheduler-plugins: the operator takes no job at all with it, and tries for ever; got "K8sJobMode"; expected another way to submit, or another scheduler. Change submissionMode or operator.batchScheduler.',
  },
  {
    rule: "queuesReachCronJobs",
    wrong: { rayCronJob, ...fixed, ...gate, kueue: { queueName: "team" } },
    right: { rayJob, ...fixed, kueue: { queueName: "team" } },
    says: "kueue: does not reach the jobs of a RayCronJob; got rayCronJob; expected a cluster that stands, a rayJob or a rayService. Remove it.",
  },
  {
    rule: "suspendIsKueues",
    wrong: { rayJob: { ...rayJob, suspend: true }, ...fixed, kueue: { queueName: "team" } },
    right: { rayJob: { ...rayJob, suspend: true } },
    says: "rayJob.suspend: is Kueue's to say; got true; expected nothing beside kueue. Remove it; kueue.clusterQueues[].stopPolicy holds a whole queue.",
  },
  {
    rule: "stepsFitStrategy",
    wrong: { rayService: { ...rayService, upgradeStrategy: { clusterUpgradeOptions: steps } } },
    right: { rayService: { ...rayService, upgradeStrategy: { type: incremental, clusterUpgradeOptions: steps } } },
    says: 'rayService.upgradeStrategy.clusterUpgradeOptions: has no effect with type: NewCluster; got "NewCluster"; expected type: NewClusterWithIncrementalUpgrade beside it. Remove it or choose that type.',
  },
  {
    rule: "batchPriorityFits",
    wrong: { batchPriorityClassName: "high", operator: { batchScheduler: "yunikorn" } },
    right: { batchPriorityClassName: "high", operator: { batchScheduler: "volcano" } },
    says: 'batchPriorityClassName: is read by volcano only; got "high"; expected operator.batchScheduler: volcano beside it. Remove it, or write priorityClassName of the head and the groups.',
  },
  {
    rule: "priorityClassesOwn",
    wrong: { priorityClasses: [{ name: "system-ray", value: 1 }] },
    right: { priorityClasses: [{ name: "ray-system", value: 1 }] },
    says: 'priorityClasses[0].name: begins as Kubernetes\' own do; got "system-ray"; expected a name that does not begin with system-. Rename it.',
  },
  {
    rule: "priorityClassesOwn",
    wrong: {
      priorityClasses: [
        { name: "a", value: 1 },
        { name: "a", value: 2 },
      ],
    },
    right: {
      priorityClasses: [
        { name: "a", value: 1 },
        { name: "b", value: 1 },
      ],
    },
    says: 'priorityClasses[1].name: is the name of an earlier class too; got "a"; expected each name once. Rename it.',
  },
];
