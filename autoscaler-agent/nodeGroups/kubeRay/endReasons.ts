import { saidMs } from "./launchVerdicts";
import { type ContainerStatus, conditionOf, type LiveEvent, type LivePod } from "./liveObjects";

const MOST_LETTERS = 300;

/** Words with which Kubernetes says that it takes a pod away, or that it has ended. */
const endWords: ReadonlySet<string> = new Set([
  "Evicted",
  "Preempted",
  "Preempting",
  "OOMKilling",
  "NodeShutdown",
  "NodeNotReady",
  "TaintManagerEviction",
  "ExceededGracePeriod",
  "DisruptionTerminating",
]);

/** What a pod that is still there says of its end: who disrupts it, how it failed, how a container of it ended last. */
export function endReasonOfPod(pod: LivePod): string | undefined {
  const disruption = conditionOf(pod, "DisruptionTarget");
  const { status } = pod;
  const ended = (status?.containerStatuses ?? []).map(endOfContainer).find((text) => text !== undefined);
  const said = [
    disruption?.status === "True" ? words(disruption.reason, disruption.message) : undefined,
    status?.reason === undefined ? undefined : words(status.reason, status.message),
    ended,
  ];
  const told = [...new Set(said.filter((text) => text !== undefined))];
  return told.length === 0 ? undefined : oneLine(told.join("; "));
}

/** What was said of a pod that is gone: by Kubernetes of the pod itself, or by the operator of what it deleted. */
export function endReasonOfEvents(
  podName: string,
  { ofPod, ofCluster }: { readonly ofPod: readonly LiveEvent[]; readonly ofCluster: readonly LiveEvent[] },
): string | undefined {
  const isName = new RegExp(`(?:^|[\\s/"])${podName.replace(/[.]/g, "\\.")}(?:$|[\\s;,".])`);
  const told = [
    ...ofPod.filter(({ reason = "" }) => endWords.has(reason)),
    ...ofCluster.filter(({ reason = "", message = "" }) => reason.startsWith("DeletedWorkerPod") && isName.test(message)),
  ];
  const newest = told.sort((one, other) => saidMs(other) - saidMs(one))[0];
  return newest === undefined ? undefined : oneLine(words(newest.reason, newest.message));
}

function endOfContainer({ name, state }: ContainerStatus): string | undefined {
  const { terminated } = state ?? {};
  if (terminated === undefined) return undefined;
  const { reason = "ended", exitCode, message } = terminated;
  return words(`container ${name}: ${reason}${exitCode === undefined ? "" : ` (exit code ${exitCode})`}`, message);
}

function words(reason = "", message = ""): string {
  return message === "" ? reason : `${reason}: ${message}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, MOST_LETTERS);
}
