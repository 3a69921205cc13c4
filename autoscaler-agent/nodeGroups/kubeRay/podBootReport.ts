import type { BootReport, BootStage } from "../../../contract/bootReport";
import { type ContainerStatus, conditionOf, type LivePod, podLabels, timeOf } from "./liveObjects";

/** A pod's start in the words of machines: its image is Ray's installation. Waiting containers that give up say so; others are on their way. */
const waits: Readonly<Record<string, { readonly stage: BootStage; readonly failed: boolean }>> = {
  ErrImagePull: { stage: "ray-install", failed: true },
  ImagePullBackOff: { stage: "ray-install", failed: true },
  InvalidImageName: { stage: "ray-install", failed: true },
  ErrImageNeverPull: { stage: "ray-install", failed: true },
  CreateContainerConfigError: { stage: "configuration", failed: true },
  CreateContainerError: { stage: "configuration", failed: true },
  RunContainerError: { stage: "ray-start", failed: true },
  CrashLoopBackOff: { stage: "ray-start", failed: true },
  ContainerCreating: { stage: "ray-install", failed: false },
  PodInitializing: { stage: "setup-commands", failed: false },
};

/** How far the start of a pod that has a node has come, as far as Kubernetes says; undefined: it does not. */
export function podBootReport(pod: LivePod): BootReport | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const seen = [...initContainerStatuses, ...containerStatuses].flatMap((status) => {
    const wait = waits[status.state?.waiting?.reason ?? ""];
    return wait === undefined ? [] : [{ status, ...wait }];
  });
  const found = seen.find(({ failed }) => failed) ?? seen[0];
  const stage = found?.stage ?? (pod.status?.phase === "Running" ? "ray-start" : undefined);
  if (stage === undefined) return undefined;
  const atMs = timeOf(conditionOf(pod, "PodScheduled")?.lastTransitionTime);
  return {
    schemaVersion: 1,
    instanceId: pod.metadata.name,
    groupName: pod.metadata.labels?.[podLabels.group] ?? "",
    stage,
    startedAtMs: atMs === undefined ? {} : { [stage]: atMs },
    ...(found?.failed === true ? { failure: waitText(found.status) } : {}),
  };
}

/** Why a container does not run, with how it ended before. */
export function waitText({ name, state, lastState }: ContainerStatus): string {
  const { reason = "waiting", message } = state?.waiting ?? {};
  const before = lastState?.terminated;
  const ended =
    before === undefined ? "" : `; it ended before with ${before.reason ?? "no reason"} (exit code ${before.exitCode ?? "unknown"})`;
  return `container ${name}: ${reason}${message === undefined ? "" : `: ${message}`}${ended}`.replace(/\s+/g, " ").slice(0, 500);
}
