import { cluster, gatesOn, group, type RuleCases, template, withGroup, withHead } from "./ruleCase";

const tls = gatesOn("RayClusterMTLS");
const tlsOn = { tlsOptions: { enabled: true } };
const history = gatesOn("RayClusterHistoryServer");
const collector = (env: readonly object[], parts: object = {}) => ({
  historyServerOptions: { collectorOptions: { image: "collector:1", env, ...parts } },
});
const inBucket = [
  { name: "STORAGE_BACKEND", value: "GCS" },
  { name: "GCS_BUCKET", value: "logs" },
];
const network = gatesOn("RayClusterNetworkPolicy");
const dns = { ports: [{ port: 53, protocol: "UDP" }] };
const open = { egressRules: [dns] };
const policy = (parts: object) => ({ networkPolicy: { head: open, worker: open, ...parts } });
const mounting = (volumes: readonly object[], volumeMounts: readonly object[]) =>
  withGroup({ template: template({ volumes }, { volumeMounts }) });
const asking = (resources: object) => withGroup({ template: template({}, { resources }) });

/** Cases of the rules about pods, network and what the operator adds to them. */
export const podCases: RuleCases = {
  "tls-gate": { right: cluster({}), wrong: cluster(tlsOn) },
  "tls-managed-variables": {
    right: withHead({ template: template({}, { env: [{ name: "RAY_USE_TLS", value: "0" }] }) }),
    wrong: withHead({ template: template({}, { env: [{ name: "RAY_USE_TLS", value: "0" }] }) }, tlsOn),
    context: tls,
  },
  "tls-managed-mounts": {
    right: withGroup(
      { template: template({ volumes: [{ name: "certs" }] }, { volumeMounts: [{ name: "certs", mountPath: "/certs" }] }) },
      tlsOn,
    ),
    wrong: withGroup(
      { template: template({ volumes: [{ name: "certs" }] }, { volumeMounts: [{ name: "certs", mountPath: "/etc/ray/tls" }] }) },
      tlsOn,
    ),
    context: tls,
  },
  "history-server-gate": { right: cluster({}), wrong: cluster(collector(inBucket)) },
  "history-server-image": {
    right: cluster(collector(inBucket)),
    wrong: cluster(collector(inBucket, { image: "" })),
    context: history,
  },
  "history-server-managed-variables": {
    right: cluster(collector([...inBucket, { name: "LEVEL", value: "debug" }])),
    wrong: cluster(collector([...inBucket, { name: "POD_IP", value: "x" }])),
    context: history,
  },
  "history-server-storage": {
    right: cluster(
      collector([
        { name: "STORAGE_BACKEND", value: "s3" },
        { name: "S3_REGION", valueFrom: {} },
      ]),
    ),
    wrong: cluster(collector([{ name: "STORAGE_BACKEND", value: "s3" }])),
    context: history,
  },
  "history-server-container": {
    right: withGroup({ template: template({}, { name: "collector" }) }, collector(inBucket)),
    wrong: withGroup({ template: template({}, { name: "ray-history-collector" }) }, collector(inBucket)),
    context: history,
  },
  "network-policy-gate": { right: cluster({}), wrong: cluster(policy({})) },
  "network-policy-mode": {
    right: cluster(policy({ worker: { ...open, ingressRules: [{}] } })),
    wrong: cluster(policy({ mode: "DenyAllEgress", worker: { ...open, ingressRules: [{}] } })),
    context: network,
  },
  "network-policy-group-name": {
    right: withGroup({ groupName: "cpu-1" }, policy({})),
    wrong: withGroup({ groupName: "cpu.1" }, policy({})),
    context: network,
  },
  "network-policy-group-unknown": {
    right: cluster(policy({ workerGroups: [{ groupName: "cpu", ...open }] })),
    wrong: cluster(policy({ workerGroups: [{ groupName: "gpu", ...open }] })),
    context: network,
  },
  "network-policy-without-dns": {
    right: cluster({ networkPolicy: { mode: "DenyAllIngress" } }),
    wrong: cluster(policy({ workerGroups: [{ groupName: "cpu", egressRules: [{ ports: [{ port: 443 }] }] }] })),
    context: network,
  },
  "network-policy-without-api-server": {
    right: cluster({ ...policy({ head: { egressRules: [dns, { ports: [{ port: 6443 }] }] } }), enableInTreeAutoscaling: true }),
    wrong: cluster({ ...policy({}), enableInTreeAutoscaling: true }),
    context: network,
  },
  "group-name-form": { right: withGroup({ groupName: "gpu.l4-1" }), wrong: withGroup({ groupName: "gpu_l4" }) },
  "toleration-form": {
    right: withGroup({ template: template({ tolerations: [{ operator: "Exists" }, { key: "gpu", value: "yes", effect: "NoSchedule" }] }) }),
    wrong: withGroup({ template: template({ tolerations: [{ key: "gpu", operator: "Equals", value: "yes" }] }) }),
  },
  "volume-two-sources": {
    right: mounting([{ name: "a", emptyDir: {} }], []),
    wrong: mounting([{ name: "a", emptyDir: {}, secret: { secretName: "s" } }], []),
  },
  "mount-without-volume": {
    right: mounting(
      [{ name: "a" }],
      [
        { name: "a", mountPath: "/a" },
        { name: "ray-logs", mountPath: "/tmp/ray" },
      ],
    ),
    wrong: mounting([{ name: "a" }], [{ name: "b", mountPath: "/a" }]),
  },
  "mount-path-twice": {
    right: mounting(
      [{ name: "a" }],
      [
        { name: "a", mountPath: "/a" },
        { name: "a", mountPath: "/b" },
      ],
    ),
    wrong: mounting(
      [{ name: "a" }],
      [
        { name: "a", mountPath: "/a" },
        { name: "a", mountPath: "/a" },
      ],
    ),
  },
  "volume-name-twice": { right: mounting([{ name: "a" }, { name: "b" }], []), wrong: mounting([{ name: "a" }, { name: "a" }], []) },
  "container-name-twice": {
    right: withGroup({ template: template({ initContainers: [{ name: "before", image: "busybox" }] }) }),
    wrong: withGroup({ template: template({ initContainers: [{ name: "ray", image: "busybox" }] }) }),
  },
  "extended-resource": {
    right: asking({ requests: { "nvidia.com/gpu": 1 }, limits: { "nvidia.com/gpu": "1" } }),
    wrong: asking({ requests: { "nvidia.com/gpu": 1 }, limits: { "nvidia.com/gpu": 2 } }),
  },
  "request-above-limit": {
    right: asking({ requests: { memory: "8Gi", cpu: "500m" }, limits: { memory: "8192Mi", cpu: 1 } }),
    wrong: asking({ requests: { memory: "8Gi" }, limits: { memory: "8G" } }),
  },
  "head-service-type": { right: withHead({ serviceType: "NodePort" }), wrong: withHead({ serviceType: "Nodeport" }) },
  "kueue-groups": {
    right: queued(17),
    wrong: queued(18),
  },
};

function queued(groups: number): unknown {
  const names = Array.from({ length: groups }, (_, index) => group({ groupName: `cpu-${index}` }));
  return cluster({ workerGroupSpecs: names }, { labels: { "kueue.x-k8s.io/queue-name": "team" } });
}
