import { describe, expect, it } from "vitest";
import {
  kubernetesSpecForm,
  kubernetesSpecRules,
  parseKubernetesClusterSpec,
} from "../../../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { scheduleRules } from "../../../../components/plan/scheduleRules";
import { formatSpecProblem } from "../../../../components/plan/specProblem";
import type { KubernetesClusterSpecInput } from "../../../../contract/kubernetes/kubernetesClusterSpec";
import { kindCases } from "./specCases/kindCases";
import { kueueCases } from "./specCases/kueueCases";
import type { SpecCase } from "./specCases/specCase";
import { volumeCases } from "./specCases/volumeCases";

type GroupInput = KubernetesClusterSpecInput["workerGroups"][number];
type Input = Partial<KubernetesClusterSpecInput>;

function group(overrides: Partial<GroupInput> = {}): GroupInput {
  return { groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 4, ...overrides };
}

function oneGroup(overrides: Partial<GroupInput>): Input {
  return { workerGroups: [group(overrides)] };
}

function problemsOf(input: Input): readonly string[] {
  const parsed = parseKubernetesClusterSpec({ platform: "kubernetes", workerGroups: [group()], ...input }, { stackName: "demo" });
  return "problems" in parsed ? parsed.problems.map(formatSpecProblem) : [];
}

const agent = { autoscaler: "rayfleet" as const };
const fixed = { autoscaler: "none" as const, ...oneGroup({ replicas: 2 }) };
const url = "http://oauth2-proxy.auth.svc.cluster.local:4180";
const tls = "RayClusterMTLS";

function ingress(overrides: Partial<NonNullable<Input["ingress"]>> = {}): Input {
  return {
    ingress: {
      controller: "nginx",
      controllerNamespace: "nginx",
      host: "ray.example.com",
      authentication: { externalAuthUrl: url },
      ...overrides,
    },
  };
}

const basic = { basicAuthSecretName: "who" };
const restricted = { egress: "restricted" as const, apiServerCidrs: ["10.0.0.1/32"] };
const redis = { redisAddress: "redis://redis:6379" };

const cases: readonly SpecCase[] = [
  ...kindCases,
  ...kueueCases,
  ...volumeCases,
  {
    rule: "rayNewEnough",
    wrong: { ray: { version: "2.51.0" } },
    right: { ray: { version: "2.52.0" } },
    says: "authentication.mode: needs a later Ray: token authentication; got Ray 2.51.0; expected ray.version 2.52.0 or later. Take a later Ray or do without.",
  },
  {
    rule: "rayNewEnough",
    wrong: { ray: { version: "2.55.0" }, ...oneGroup({ priority: 1 }) },
    right: { ray: { version: "2.56.0" }, ...oneGroup({ priority: 1 }) },
    says: "workerGroups[0].priority: needs a later Ray: the priority of a group; got Ray 2.55.0; expected ray.version 2.56.0 or later. Take a later Ray or do without.",
  },
  {
    rule: "operatorNewEnough",
    wrong: { operator: { version: "1.5.0" } },
    right: { operator: { version: "1.5.1" } },
    says: "authentication.mode: needs a later KubeRay: token authentication; got KubeRay 1.5.0; expected operator.version 1.5.1 or later. Take a later KubeRay or do without.",
  },
  {
    rule: "operatorNewEnough",
    wrong: { operator: { version: "1.5.2" }, authentication: { secretName: "token" } },
    right: { operator: { version: "1.6.0" }, authentication: { secretName: "token" } },
    says: "authentication.secretName: needs a later KubeRay: a token of your own; got KubeRay 1.5.2; expected operator.version 1.6.0 or later. Take a later KubeRay or do without.",
  },
  {
    rule: "gateIsOn",
    wrong: { tls: { enabled: true } },
    right: { tls: { enabled: true }, operator: { featureGates: { [tls]: true } } },
    says: "tls.enabled: needs a feature gate of KubeRay: TLS between the pods; got RayClusterMTLS is off; expected operator.featureGates.RayClusterMTLS: true. Turn the gate on; it is young, and off by itself.",
  },
  {
    rule: "gateIsOn",
    wrong: { gcsFaultTolerance: { embedded: {} } },
    right: { gcsFaultTolerance: { embedded: {} }, operator: { featureGates: { GCSFaultToleranceEmbeddedStorage: true } } },
    says: "gcsFaultTolerance.embedded: needs a feature gate of KubeRay: the embedded store; got GCSFaultToleranceEmbeddedStorage is off; expected operator.featureGates.GCSFaultToleranceEmbeddedStorage: true. Turn the gate on; it is young, and off by itself.",
  },
  {
    rule: "gatesKnown",
    wrong: { operator: { featureGates: { RayCronJobs: true } } },
    right: { operator: { featureGates: { RayCronJob: true } } },
    says: 'operator.featureGates.RayCronJobs: is not a feature gate of KubeRay 1.7.0; got "RayCronJobs"; expected RayCronJob. Rename it to RayCronJob.',
  },
  {
    rule: "gatesKnown",
    wrong: { operator: { version: "1.6.2", featureGates: { KubernetesWAS: true } } },
    right: { operator: { version: "1.7.0", featureGates: { KubernetesWAS: true } } },
    says: 'operator.featureGates.KubernetesWAS: is not a feature gate of KubeRay 1.6.2; got "KubernetesWAS"; expected one of RayClusterStatusConditions, RayJobDeletionPolicy, RayMultiHostIndexing, RayServiceIncrementalUpgrade, RayCronJob, AsyncJobInfoQuery. Remove it.',
  },
  {
    rule: "existingOperatorAlone",
    wrong: { operator: { install: false, cpu: 1 } },
    right: { operator: { install: false, version: "1.6.2", namespace: "kuberay" } },
    says: "operator.cpu: has no effect with operator.install: false; got cpu; expected only what the operator that is there is like. Remove operator.cpu or set operator.install: true.",
  },
  {
    rule: "watchingSomeNamespaces",
    wrong: { operator: { scope: "cluster", watchNamespaces: ["a"] } },
    right: { operator: { watchNamespaces: ["a"] } },
    says: 'operator.watchNamespaces: has no effect with operator.scope: cluster; got ["a"]; expected scope: namespace beside it. Remove it or set operator.scope: namespace.',
  },
  {
    rule: "batchQueueFits",
    wrong: { operator: { batchScheduler: "kai-scheduler" } },
    right: { operator: { batchScheduler: "kai-scheduler" }, batchQueueName: "team" },
    says: "batchQueueName: is missing, and KAI places no pod without one; got nothing; expected the name of a queue. Name a queue.",
  },
  {
    rule: "batchQueueFits",
    wrong: { batchQueueName: "team" },
    right: { batchQueueName: "team", operator: { batchScheduler: "volcano" } },
    says: 'batchQueueName: has no effect without a scheduler that has queues; got "team"; expected operator.batchScheduler: volcano, yunikorn or kai-scheduler. Remove it or name the scheduler.',
  },
  {
    rule: "batchSchedulerAlone",
    wrong: { operator: { batchScheduler: "volcano" }, head: { schedulerName: "mine" } },
    right: { head: { schedulerName: "mine" } },
    says: 'head.schedulerName: is overwritten by the operator with its batch scheduler; got "mine"; expected no schedulerName beside operator.batchScheduler. Remove one of the two.',
  },
  {
    rule: "groupNamesOnce",
    wrong: { workerGroups: [group(), group()] },
    right: { workerGroups: [group(), group({ groupName: "gpu" })] },
    says: 'workerGroups[1].groupName: is the name of an earlier group too; got "cpu"; expected a name of its own. Rename one of the groups.',
  },
  {
    rule: "groupNamesFree",
    wrong: oneGroup({ groupName: "headgroup" }),
    right: oneGroup({ groupName: "heads" }),
    says: 'workerGroups[0].groupName: is the head\'s name; got "headgroup"; expected any name but headgroup, head. Rename the group.',
  },
  {
    rule: "minimumUnderMaximum",
    wrong: oneGroup({ minReplicas: 5 }),
    right: oneGroup({ minReplicas: 4 }),
    says: "workerGroups[0].maxReplicas: is below minReplicas; got 4 < 5; expected maxReplicas ≥ minReplicas. Raise maxReplicas or lower minReplicas.",
  },
  {
    rule: "minimaUnderClusterMaximum",
    wrong: { ...agent, maxReplicas: 3, ...oneGroup({ minReplicas: 4 }) },
    right: { ...agent, maxReplicas: 4, ...oneGroup({ minReplicas: 4 }) },
    says: "maxReplicas: is below the groups' minReplicas together; got 3 < 4; expected maxReplicas ≥ the sum of minReplicas. Raise maxReplicas or lower minReplicas of the groups.",
  },
  {
    rule: "idleTimeoutOverTicks",
    wrong: { ...agent, agent: { tickSeconds: 60 }, idleTimeoutSeconds: 119 },
    right: { ...agent, agent: { tickSeconds: 60 }, idleTimeoutSeconds: 120 },
    says: "idleTimeoutSeconds: is shorter than the agent needs to see a node idle twice; got 119; expected 120 or more with agent.tickSeconds 60. Raise it or lower agent.tickSeconds.",
  },
  {
    rule: "keysFitAutoscaler",
    wrong: oneGroup({ replicas: 2 }),
    right: fixed,
    says: "workerGroups[0].replicas: has no effect with autoscaler: kuberay; got 2; expected autoscaler: none beside it. Remove it or set autoscaler: none.",
  },
  {
    rule: "keysFitAutoscaler",
    wrong: { ...agent, autoscalerOptions: { upscalingMode: "Aggressive" } },
    right: { autoscalerOptions: { upscalingMode: "Aggressive" } },
    says: 'autoscalerOptions: has no effect with autoscaler: rayfleet; got {"upscalingMode":"Aggressive"}; expected autoscaler: kuberay beside it. Remove it or set autoscaler: kuberay.',
  },
  {
    rule: "keysFitAutoscaler",
    wrong: { schedules: [{ cron: "0 8 * * *", groupName: "cpu", minReplicas: 1 }] },
    right: { ...agent, schedules: [{ cron: "0 8 * * *", groupName: "cpu", minReplicas: 1 }] },
    says: 'schedules: has no effect with autoscaler: kuberay; got [{"cron":"0 8 * * *","groupName":"cpu","minReplicas":1}]; expected autoscaler: rayfleet beside it. Remove it or set autoscaler: rayfleet.',
  },
  {
    rule: "keysFitAutoscaler",
    wrong: { budget: { maxHourlyUsd: 5 } },
    right: { ...agent, budget: { maxHourlyUsd: 5 }, ...oneGroup({ pricePerHourUsd: 1 }) },
    says: 'budget: has no effect with autoscaler: kuberay; got {"maxHourlyUsd":5}; expected autoscaler: rayfleet beside it. Remove it or set autoscaler: rayfleet.',
  },
  {
    rule: "keysFitAutoscaler",
    wrong: { ...fixed, ...oneGroup({ replicas: 2, idleTimeoutSeconds: 60 }) },
    right: oneGroup({ idleTimeoutSeconds: 60 }),
    says: "workerGroups[0].idleTimeoutSeconds: has no effect with autoscaler: none; got 60; expected autoscaler: kuberay or rayfleet beside it. Remove it or set autoscaler: kuberay.",
  },
  {
    rule: "fixedSizeSaid",
    wrong: { autoscaler: "none" },
    right: fixed,
    says: "workerGroups[0].replicas: is missing, and there is no autoscaler to choose it; got nothing; expected the number of replicas with autoscaler: none. Add it or choose an autoscaler.",
  },
  {
    rule: "replicasInBounds",
    wrong: { ...fixed, ...oneGroup({ replicas: 5 }) },
    right: { ...fixed, ...oneGroup({ replicas: 4 }) },
    says: "workerGroups[0].replicas: is outside the group's bounds, and the operator would use the bound without a word; got 5; expected a number from 0 to 4. Change it, minReplicas or maxReplicas.",
  },
  {
    rule: "workedOutByAgent",
    wrong: { idleTimeoutSeconds: "auto" },
    right: { ...agent, idleTimeoutSeconds: "auto" },
    says: 'idleTimeoutSeconds: is worked out by rayfleet\'s agent only; got "auto"; expected seconds with autoscaler: kuberay. Write seconds or set autoscaler: rayfleet.',
  },
  {
    rule: "oneHostForAgent",
    wrong: { ...agent, ...oneGroup({ numOfHosts: 4 }) },
    right: { ...fixed, ...oneGroup({ numOfHosts: 4, replicas: 1 }) },
    says: "workerGroups[0].numOfHosts: makes replicas of several pods, which rayfleet's agent does not size; got 4; expected 1 with autoscaler: rayfleet. Set autoscaler: kuberay or none, or use one host.",
  },
  {
    rule: "agentReachesControlStore",
    wrong: { ...agent, tls: { enabled: true }, operator: { featureGates: { [tls]: true } } },
    right: { ...agent, tls: { enabled: false } },
    says: "tls.enabled: keeps rayfleet's agent out, which has no certificate; got true; expected false with autoscaler: rayfleet. Turn it off and let the network encrypt, or set autoscaler: kuberay.",
  },
  {
    rule: "oneAgentImage",
    wrong: { ...agent, agent: { image: "mine", nodeImage: "node:24" } },
    right: { ...agent, agent: { nodeImage: "node:24" } },
    says: 'agent.nodeImage: has no effect beside agent.image, which has Node and the program; got "node:24"; expected one of the two. Remove one.',
  },
  {
    rule: "autoscalerReachesApiServer",
    wrong: { ...agent, networkPolicy: { egress: "restricted" } },
    right: { ...agent, networkPolicy: restricted },
    says: "networkPolicy.apiServerCidrs: is empty, so the agent could not reach the API server; got no network; expected the API server's addresses with egress: restricted and autoscaler: rayfleet. Write what kubectl get endpoints kubernetes shows.",
  },
  {
    rule: "budgetKnowsPrices",
    wrong: {
      ...agent,
      budget: { maxHourlyUsd: 5 },
      ...oneGroup({ nodeSelector: { "node.kubernetes.io/instance-type": "n2-standard-8" } }),
    },
    right: { ...agent, budget: { maxHourlyUsd: 5 }, ...oneGroup({ nodeSelector: { "node.kubernetes.io/instance-type": "m7i.xlarge" } }) },
    says: 'workerGroups[0].pricePerHourUsd: is missing, so the budget cannot be kept; got nothing; expected a price, or a known machine type in nodeSelector["node.kubernetes.io/instance-type"]. Add it or remove budget.maxHourlyUsd.',
  },
  {
    rule: "kueueFitsAutoscaler",
    wrong: { kueue: { queueName: "team" } },
    right: { ...fixed, kueue: { queueName: "team" } },
    says: "kueue.elasticJob: is missing: Kueue refuses a cluster whose size an autoscaler changes; got autoscaler: kuberay; expected elasticJob: true with autoscaler: kuberay. Set autoscaler: none with replicas, or turn Kueue's gate ElasticJobsViaWorkloadSlices on and set elasticJob: true.",
  },
  {
    rule: "kueueFitsAutoscaler",
    wrong: { ...agent, kueue: { queueName: "team" } },
    right: { kueue: { queueName: "team", elasticJob: true } },
    says: "kueue: admits what a cluster asked for at first, and rayfleet's agent would go past it; got autoscaler: rayfleet; expected autoscaler: none, or kuberay with elasticJob. Set autoscaler: none, or kuberay with kueue.elasticJob.",
  },
  {
    rule: "kueueFitsAutoscaler",
    wrong: { ...fixed, kueue: { queueName: "team", elasticJob: true } },
    right: { ...fixed, kueue: { queueName: "team" } },
    says: "kueue.elasticJob: has no effect with a fixed size; got autoscaler: none; expected autoscaler: kuberay. Remove it or set autoscaler: kuberay.",
  },
  {
    rule: "capacityTypeNamed",
    wrong: oneGroup({ capacityType: "spot" }),
    right: { ...oneGroup({ capacityType: "spot" }), nodeLabels: { capacityType: { name: "karpenter.sh/capacity-type", spot: "spot" } } },
    says: 'workerGroups[0].capacityType: cannot be looked for: it is not known how your nodes say it; got "spot"; expected nodeLabels.capacityType with the provider\'s label. Name the label, such as { name: karpenter.sh/capacity-type, spot: spot }, or use nodeSelector.',
  },
  {
    rule: "tolerationsWhole",
    wrong: oneGroup({ tolerations: [{ value: "x" }] }),
    right: oneGroup({ tolerations: [{ operator: "Exists" }] }),
    says: "workerGroups[0].tolerations[0].key: is missing; got nothing; expected a key with operator: Equal. Add it or set operator: Exists.",
  },
  {
    rule: "tolerationsWhole",
    wrong: { head: { tolerations: [{ key: "a", operator: "Exists", value: "x" }] } },
    right: { head: { tolerations: [{ key: "a", value: "x" }] } },
    says: 'head.tolerations[0].value: has no place; got "x"; expected no value with operator: Exists. Remove it.',
  },
  {
    rule: "tolerationsWhole",
    wrong: oneGroup({ tolerations: [{ key: "a", value: "x", tolerationSeconds: 5 }] }),
    right: oneGroup({ tolerations: [{ key: "a", value: "x", effect: "NoExecute", tolerationSeconds: 5 }] }),
    says: "workerGroups[0].tolerations[0].tolerationSeconds: is for pods that would be ended; got 5; expected effect: NoExecute beside it. Remove it or set that effect.",
  },
  {
    rule: "sharedMemoryFits",
    wrong: { head: { memoryGiB: 16, sharedMemoryGiB: 17 } },
    right: { head: { memoryGiB: 16, sharedMemoryGiB: 16 } },
    says: "head.sharedMemoryGiB: is more than the pod's memory, of which it is a part; got 17 > 16; expected memoryGiB or less. Lower it or raise memoryGiB.",
  },
  {
    rule: "objectStoreFits",
    wrong: oneGroup({ objectStoreMemoryGiB: 9, sharedMemoryGiB: 8 }),
    right: oneGroup({ objectStoreMemoryGiB: 8, sharedMemoryGiB: 8 }),
    says: "workerGroups[0].objectStoreMemoryGiB: leaves too little memory for tasks, or does not fit into shared memory; got 9; expected 8 or less. Lower it or raise memoryGiB.",
  },
  {
    rule: "exposedOnlyWithToken",
    wrong: { head: { serviceType: "LoadBalancer" }, authentication: { mode: "none" } },
    right: { head: { serviceType: "LoadBalancer" } },
    says: 'head.serviceType: opens the job API outside the cluster, and nobody is asked who it is; got "LoadBalancer"; expected ClusterIP, or authentication.mode: token. Use an ingress with authentication, or tokens.',
  },
  {
    rule: "ingressAsksWho",
    wrong: { ingress: { controller: "nginx", controllerNamespace: "nginx", host: "ray.example.com" } },
    right: ingress(),
    says: "ingress.authentication: is missing: whoever reaches the dashboard runs code on the cluster; got nothing; expected exactly one of basicAuthSecretName, externalAuthUrl. Say who may come in, or remove ingress.",
  },
  {
    rule: "ingressAsksWho",
    wrong: ingress({ controller: "other", authentication: { annotations: {} } }),
    right: ingress({ controller: "other", authentication: { annotations: { "example.com/who": "oidc" } } }),
    says: "ingress.authentication: is missing: whoever reaches the dashboard runs code on the cluster; got nothing; expected annotations with controller: other. Say who may come in, or remove ingress.",
  },
  {
    rule: "ingressAsksWho",
    wrong: ingress({ controller: "traefik", tlsSecretName: "tls", authentication: { ...basic, externalAuthUrl: url } }),
    right: ingress({ controller: "traefik", tlsSecretName: "tls", authentication: basic }),
    says: "ingress.authentication: cannot be used; got basicAuthSecretName, externalAuthUrl; expected exactly one of basicAuthSecretName, externalAuthUrl. Choose that.",
  },
  {
    rule: "signInBesideExternal",
    wrong: ingress({ controller: "traefik", authentication: { externalAuthUrl: url, signInUrl: url } }),
    right: ingress({ authentication: { externalAuthUrl: url, signInUrl: url } }),
    says: `ingress.authentication.signInUrl: has no effect; got "${url}"; expected externalAuthUrl and controller: nginx beside it. Remove it.`,
  },
  {
    rule: "passwordsNotInTheOpen",
    wrong: ingress({ controller: "traefik", authentication: basic }),
    right: ingress({ controller: "traefik", authentication: basic, tlsSecretName: "tls" }),
    says: "ingress.tlsSecretName: is missing, so passwords would go over the wire as they are; got nothing; expected a Secret with a certificate beside basicAuthSecretName. Name the Secret.",
  },
  {
    rule: "passwordsNotTakenForTokens",
    wrong: ingress({ authentication: basic, tlsSecretName: "tls" }),
    right: { ...ingress({ authentication: basic, tlsSecretName: "tls" }), authentication: { mode: "none" } },
    says: "ingress.authentication.basicAuthSecretName: would be taken for Ray's token, because nginx hands the password on; got controller: nginx with authentication.mode: token; expected externalAuthUrl with nginx, or controller: traefik. Ask who it is by externalAuthUrl, such as oauth2-proxy.",
  },
  {
    rule: "pathTakenAway",
    wrong: ingress({ controller: "other", path: "/a", authentication: { annotations: { a: "b" } } }),
    right: ingress({ path: "/a" }),
    says: 'ingress.path: cannot be taken away before Ray sees it: it is not known how that controller does it; got "/a"; expected / with controller: other. Give the dashboard a host of its own.',
  },
  {
    rule: "controllerLetIn",
    wrong: { ingress: { controller: "nginx", host: "ray.example.com", authentication: { externalAuthUrl: url } } },
    right: {
      networkPolicy: { enabled: false },
      ingress: { controller: "nginx", host: "ray.example.com", authentication: { externalAuthUrl: url } },
    },
    says: "ingress.controllerNamespace: is missing, so the network policy would keep the controller out; got nothing; expected the namespace that the ingress controller runs in. Name it.",
  },
  {
    rule: "operatorLetIn",
    wrong: { operator: { install: false } },
    right: { operator: { install: false, namespace: "kuberay" } },
    says: "operator.namespace: is missing, so the network policy would keep an operator of another namespace out; got nothing; expected the namespace of the operator that is there. Name it.",
  },
  {
    rule: "peersWhole",
    wrong: { networkPolicy: { users: [{}] } },
    right: { networkPolicy: { users: [{ podLabels: { a: "b" } }] } },
    says: "networkPolicy.users[0]: means nobody; got none of them; expected either cidr, or namespace and podLabels. Write one of the two.",
  },
  {
    rule: "peersWhole",
    wrong: { networkPolicy: { scrapers: [{ namespace: "a", cidr: "10.0.0.0/8" }] } },
    right: { networkPolicy: { scrapers: [{ namespace: "a" }] } },
    says: "networkPolicy.scrapers[0]: means pods and a network at once; got both; expected either cidr, or namespace and podLabels. Write one of the two.",
  },
  {
    rule: "egressKeysFit",
    wrong: { networkPolicy: { apiServerPort: 443 } },
    right: { networkPolicy: { ...restricted, apiServerPort: 443 } },
    says: "networkPolicy.apiServerPort: has no effect: what pods may reach is not restricted; got 443; expected networkPolicy.egress: restricted beside it. Remove it or restrict egress.",
  },
  {
    rule: "autoscalerReachesApiServer",
    wrong: { networkPolicy: { egress: "restricted" } },
    right: { ...fixed, networkPolicy: { egress: "restricted" } },
    says: "networkPolicy.apiServerCidrs: is empty, so Ray's autoscaler could not reach the API server; got no network; expected the API server's addresses with egress: restricted and autoscaler: kuberay. Write what kubectl get endpoints kubernetes shows.",
  },
  {
    rule: "headReachesRedis",
    wrong: { networkPolicy: restricted, gcsFaultTolerance: { redis } },
    right: { networkPolicy: restricted, gcsFaultTolerance: { redis: { ...redis, cidr: "10.0.0.0/24" } } },
    says: "gcsFaultTolerance.redis.cidr: is missing, so the network policy would keep the head from it; got nothing; expected the network of the address with networkPolicy.egress: restricted. Add it.",
  },
  {
    rule: "scraperLetIn",
    wrong: { monitoring: {} },
    right: { monitoring: {}, networkPolicy: { scrapers: [{ namespace: "monitoring" }] } },
    says: "networkPolicy.scrapers: is empty, so the network policy would keep Prometheus out; got nobody; expected where Prometheus runs, with monitoring.podMonitors. Name it, such as { namespace: monitoring }.",
  },
  {
    rule: "portsInOrder",
    wrong: { networkPolicy: { ...restricted, egressRules: [{ cidr: "10.0.0.0/24", fromPort: 2, toPort: 1 }] } },
    right: { networkPolicy: { ...restricted, egressRules: [{ cidr: "10.0.0.0/24", fromPort: 1, toPort: 2 }] } },
    says: "networkPolicy.egressRules[0].toPort: is below fromPort; got 1 < 2; expected toPort ≥ fromPort. Swap them.",
  },
  {
    rule: "blocksCanonical",
    wrong: { networkPolicy: { users: [{ cidr: "10.0.0.1/8" }] } },
    right: { networkPolicy: { users: [{ cidr: "10.0.0.0/8" }] } },
    says: 'networkPolicy.users[0].cidr: does not begin at the block\'s first address; got "10.0.0.1/8"; expected 10.0.0.0/8. Write 10.0.0.0/8.',
  },
  {
    rule: "oneStore",
    wrong: { gcsFaultTolerance: {} },
    right: { gcsFaultTolerance: { redis } },
    says: "gcsFaultTolerance: names no store; got neither; expected exactly one of redis and embedded. Add one.",
  },
  {
    rule: "oneStore",
    wrong: { gcsFaultTolerance: { redis, embedded: {} }, operator: { featureGates: { GCSFaultToleranceEmbeddedStorage: true } } },
    right: { gcsFaultTolerance: { embedded: {} }, operator: { featureGates: { GCSFaultToleranceEmbeddedStorage: true } } },
    says: "gcsFaultTolerance: names two stores; got redis and embedded; expected exactly one of redis and embedded. Remove one.",
  },
  {
    rule: "redisPortExists",
    wrong: { gcsFaultTolerance: { redis: { redisAddress: "redis:65536" } } },
    right: { gcsFaultTolerance: { redis: { redisAddress: "redis:65535" } } },
    says: 'gcsFaultTolerance.redis.redisAddress: has a port that does not exist; got "redis:65536"; expected a port from 1 to 65535. Write the port at which the store takes connections, usually 6379.',
  },
  {
    rule: "redisUserHasPassword",
    wrong: { gcsFaultTolerance: { redis: { ...redis, redisUsername: "ray" } } },
    right: {
      gcsFaultTolerance: { redis: { ...redis, redisUsername: "ray", redisPasswordSecret: { secretName: "redis", key: "password" } } },
    },
    says: 'gcsFaultTolerance.redis.redisUsername: has no password beside it; got "ray"; expected redisPasswordSecret with it, or neither. Name the Secret with the user\'s password, or remove the user.',
  },
  {
    rule: "claimAlone",
    wrong: {
      gcsFaultTolerance: { embedded: { claimName: "c", sizeGiB: 1 } },
      operator: { featureGates: { GCSFaultToleranceEmbeddedStorage: true } },
    },
    right: { gcsFaultTolerance: { embedded: { claimName: "c" } }, operator: { featureGates: { GCSFaultToleranceEmbeddedStorage: true } } },
    says: 'gcsFaultTolerance.embedded.claimName: names a volume that is there beside what one to be made is like; got "c"; expected either claimName, or sizeGiB and storageClassName. Remove one of the two.',
  },
  {
    rule: "environmentFree",
    wrong: { secretEnvironment: { RAY_AUTH_TOKEN: { secretName: "a", key: "b" } } },
    right: { secretEnvironment: { MY_TOKEN: { secretName: "a", key: "b" } } },
    says: "secretEnvironment.RAY_AUTH_TOKEN: is set by rayfleet or the operator; got RAY_AUTH_TOKEN; expected a name that is left to you. Remove it.",
  },
  {
    rule: "environmentWithoutCredentials",
    wrong: oneGroup({ environment: { AWS_SECRET_ACCESS_KEY: "s3cr3t" } }),
    right: oneGroup({ secretEnvironment: { AWS_SECRET_ACCESS_KEY: { secretName: "a", key: "b" } } }),
    says: "workerGroups[0].environment.AWS_SECRET_ACCESS_KEY: would show a key of an AWS account to every reader of the stack file; got AWS_SECRET_ACCESS_KEY; expected secretEnvironment, or an identity of the pods. Move it to a Secret.",
  },
  {
    rule: "environmentOnce",
    wrong: { head: { environment: { A: "1" }, secretEnvironment: { A: { secretName: "a", key: "b" } } } },
    right: { environment: { A: "1" }, head: { secretEnvironment: { A: { secretName: "a", key: "b" } } } },
    says: "head.secretEnvironment.A: stands in environment too; got A; expected each variable once. Remove one of the two.",
  },
  {
    rule: "startParamsFree",
    wrong: { head: { rayStartParams: { "num-cpus": "4" } } },
    right: { head: { rayStartParams: { "log-style": "record" } } },
    says: 'head.rayStartParams.num-cpus: is set by rayfleet or the operator; got "4"; expected a parameter of `ray start` that is left to you. Remove it; cpu or resources says the same.',
  },
  {
    rule: "rayLabelsFree",
    wrong: oneGroup({ labels: { "ray.io/accelerator-type": "L4" } }),
    right: oneGroup({ gpu: { type: "L4", count: 1 } }),
    says: 'workerGroups[0].labels["ray.io/accelerator-type"]: is set by Ray itself; got "L4"; expected a name that does not begin with ray.io/. Remove it; gpu.type says the same.',
  },
  {
    rule: "podLabelsFree",
    wrong: { head: { podLabels: { "ray.io/cluster": "other" } } },
    right: { head: { podLabels: { team: "other" } } },
    says: 'head.podLabels["ray.io/cluster"]: is set by rayfleet or the operator; got ray.io/cluster; expected a label that is left to you. Remove it or rename it.',
  },
  {
    rule: "resourcesFree",
    wrong: oneGroup({ resources: { memory: 4 } }),
    right: oneGroup({ resources: { licence: 4, CPU: 2 } }),
    says: "workerGroups[0].resources.memory: is counted by Ray itself; got 4; expected CPU, GPU or a name of your own. Set memoryGiB.",
  },
];

describe("kubernetesSpecRules", () => {
  it.each(cases)("$rule refuses $wrong and says why", ({ wrong, says }) => {
    expect(problemsOf(wrong)).toContain(says);
  });

  it.each(cases)("$rule accepts $right", ({ right }) => {
    expect(problemsOf(right)).toEqual([]);
  });

  it("has a case for every rule that AWS does not have too", () => {
    const tested = new Set(cases.map(({ rule }) => rule));
    const shared = new Set(Object.keys(scheduleRules));
    expect(Object.keys(kubernetesSpecRules).filter((name) => !shared.has(name) && !tested.has(name))).toEqual([]);
  });

  it("looks at schedules as on AWS", () => {
    const schedules = [{ cron: "0 8 * * *", groupName: "gpu", minReplicas: 9, maxReplicas: 8 }];
    expect(problemsOf({ ...agent, schedules })).toEqual([
      'schedules[0].groupName: is not the name of a worker group; got "gpu"; expected cpu. Write cpu.',
      "schedules[0].maxReplicas: is below minReplicas; got 8 < 9; expected maxReplicas ≥ minReplicas. Raise maxReplicas or lower minReplicas.",
    ]);
  });
});

describe("the shape of a specification for Kubernetes", () => {
  it.each<[object, string]>([
    [{ nodeLabel: {} }, 'nodeLabel: is not a known key; got "nodeLabel"; expected nodeLabels. Rename it to nodeLabels.'],
    [{ headGroupSpec: {} }, 'headGroupSpec: is not a known key; got "headGroupSpec"; expected head. Rename it to head.'],
    [
      { operator: { singleNamespaceInstall: true } },
      'operator.singleNamespaceInstall: is not a known key; got "singleNamespaceInstall"; expected scope. Rename it to scope.',
    ],
    [
      { operator: { batchScheduler: "volcanos" } },
      'operator.batchScheduler: is not one of the allowed values; got "volcanos"; expected one of volcano, yunikorn, kai-scheduler, scheduler-plugins. Write volcano.',
    ],
    [
      oneGroup({ gpu: { type: "L4" } as never }),
      "workerGroups[0].gpu.count: is missing; got nothing; expected a whole number from 1 to 1024. Add it.",
    ],
    [
      { operator: { version: "1.4.2" } },
      'operator.version: does not have the right form; got "1.4.2"; expected a release of KubeRay from 1.5 to 1.7, such as 1.7.0. Write it in that form.',
    ],
    [
      { namespace: "My_Space" },
      'namespace: does not have the right form; got "My_Space"; expected 1 to 63 lower-case letters, digits and dashes, with a letter or digit at both ends. Write it in that form.',
    ],
    [oneGroup({ instanceTypes: ["m7i.large"] } as never), 'workerGroups[0].instanceTypes: is not a known key; got "instanceTypes"'],
  ])("refuses %j", (input, says) => {
    expect(problemsOf(input as Input).join("\n")).toContain(says);
  });

  it.each<[object, string]>([
    [{ environment: { A: 7 } }, "environment.A: is of the wrong kind; got a number; expected text. Put it in quotes."],
    [
      { secretEnvironment: { A: "s3cr3t" } },
      "secretEnvironment.A: is of the wrong kind; got a string; expected a mapping of keys to values.",
    ],
    [
      oneGroup({ secretEnvironment: { A: { secretName: "s3cr3t!", key: "a" } } }),
      "workerGroups[0].secretEnvironment.A.secretName: does not have the right form; got a string;",
    ],
    [
      { gcsFaultTolerance: { redis: { ...redis, redisPasswordSecret: "s3cr3t" } } },
      "gcsFaultTolerance.redis.redisPasswordSecret: is of the wrong kind; got a string;",
    ],
    [
      { operator: { install: false, namespace: "a", environment: { A: "s3cr3t" } } },
      "operator.environment: has no effect with operator.install: false; got environment;",
    ],
  ])("shows no value that may be a secret in %j", (input, says) => {
    const problems = problemsOf(input as Input).join("\n");
    expect(problems).toContain(says);
    expect(problems).not.toContain("s3cr3t");
  });

  it("reports everything at once", () => {
    const problems = problemsOf({
      nodeLabel: {},
      ray: { version: "2.40.0" },
      ...oneGroup({ minReplicas: 9, capacityType: "spot" }),
    } as Input);
    expect(problems.map((text) => text.split(":")[0])).toEqual(["nodeLabel", "authentication.mode", "workerGroups[0].maxReplicas"]);
  });

  it("says of every key what it is for, and in words which form a text must have", () => {
    type Key = NonNullable<typeof kubernetesSpecForm.root.properties>[string];
    const walk = (key: Key, path: string): readonly { path: string; key: Key }[] => [
      { path, key },
      ...Object.entries((key.items ?? key).properties ?? {}).flatMap(([name, child]) => walk(child, `${path}.${name}`)),
    ];
    const keys = walk(kubernetesSpecForm.root, "").slice(1);
    expect(keys.filter(({ key }) => (key.description ?? "") === "").map(({ path }) => path)).toEqual([]);
    expect(keys.filter(({ key }) => "pattern" in key && key.rule === undefined).map(({ path }) => path)).toEqual([]);
  });
});
