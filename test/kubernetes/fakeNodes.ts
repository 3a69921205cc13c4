/** A node that kwok plays. */
export interface FakeNode {
  readonly name: string;
  /** Allocatable amounts, all of them as Kubernetes writes them. */
  readonly amounts: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Pods must tolerate it. */
  readonly taint?: { readonly key: string; readonly value: string };
}

/** One of each kind that a Ray cluster looks for. */
export const fakeNodes: readonly FakeNode[] = [
  {
    name: "on-demand-1",
    amounts: { cpu: "16", memory: "64Gi", pods: "110" },
    labels: { "karpenter.sh/capacity-type": "on-demand", "node.kubernetes.io/instance-type": "m7i.4xlarge" },
  },
  {
    name: "spot-1",
    amounts: { cpu: "16", memory: "64Gi", pods: "110" },
    labels: { "karpenter.sh/capacity-type": "spot", "node.kubernetes.io/instance-type": "m7i.4xlarge" },
    taint: { key: "spot", value: "true" },
  },
  {
    name: "gpu-1",
    amounts: { cpu: "32", memory: "128Gi", pods: "110", "nvidia.com/gpu": "4" },
    labels: { "karpenter.sh/capacity-type": "on-demand", "nvidia.com/gpu.product": "NVIDIA-L4" },
    taint: { key: "nvidia.com/gpu", value: "present" },
  },
];

/** The node as whoever joins it to a cluster makes it. */
export function nodeObject({ name, amounts, labels, taint }: FakeNode): object {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", ...labels } },
    spec: { taints: taint === undefined ? [] : [{ ...taint, effect: "NoSchedule" }] },
    status: { capacity: amounts, allocatable: amounts },
  };
}
