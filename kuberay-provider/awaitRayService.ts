import type { RayServiceStatus, ServedClusterStatus } from "../contract/kuberay/rayService";
import { type AwaitOptions, awaitOperator, generationsOf, isQueued, type Standing, unseenText } from "./awaitOperator";
import type { RayObject, RayPlace } from "./rayObject";
import type { RayStore } from "./rayStore";

/** The reason of a service that the operator has given up; it stays so until the object is made anew. */
export const GIVEN_UP = "InitializingTimeout";

/**
 * Waits until a RayService serves as declared: the operator has acted on just this generation, no second cluster is on its way, requests are answered, and every application
 * runs. One in a Kueue queue, or that is to be suspended, is waited for until the operator has acted on it.
 *
 * @throws NotReadyError with the operator's or Ray Serve's own words, as soon as it refuses, an application fails, or the time is over
 */
export async function awaitRayService(store: RayStore, written: RayObject, place: RayPlace, options: AwaitOptions): Promise<RayObject> {
  const { generation } = generationsOf(written);
  const isHeld = isQueued(written) || written.spec["suspend"] === true;
  const expectation = {
    wanted: isHeld ? "acted on" : "serving",
    refusals: ["InvalidRayServiceSpec", "InvalidRayServiceMetadata"],
    afterRefusal: (object: RayObject) => (isReady(object) ? "What served before serves on." : "Nothing serves."),
    standing: (object: RayObject, writtenAt: number) => serviceStanding(object, { generation, writtenAt, isHeld }),
  };
  return await awaitOperator(store, { written, place }, expectation, options);
}

interface Awaited {
  readonly generation: number;
  readonly writtenAt: number;
  readonly isHeld: boolean;
}

function statusOf({ status = {} }: RayObject): RayServiceStatus {
  return status;
}

function conditionOf(object: RayObject, type: string) {
  return statusOf(object).conditions?.find((condition) => condition.type === type);
}

function isReady(object: RayObject): boolean {
  return conditionOf(object, "Ready")?.status === "True";
}

/** A name stands there for each cluster that there is or is to be. */
function isThere(cluster: ServedClusterStatus | undefined): cluster is ServedClusterStatus {
  return cluster?.rayClusterName !== undefined && cluster.rayClusterName !== "";
}

/** The cluster that declared applications go to: the second one while there is one. */
function newestCluster({ activeServiceStatus: active, pendingServiceStatus: pending }: RayServiceStatus): ServedClusterStatus | undefined {
  return isThere(pending) ? pending : active;
}

function serviceStanding(object: RayObject, { generation, writtenAt, isHeld }: Awaited): Standing {
  const { observed } = generationsOf(object);
  const isUnseen = observed < generation;
  const failure = failureOf(object, { writtenAt, isUnseen });
  const applications = Object.values(newestCluster(statusOf(object))?.applicationStatuses ?? {});
  const isMoving = isThere(statusOf(object).pendingServiceStatus) || conditionOf(object, "UpgradeInProgress")?.status === "True";
  const serves = isReady(object) && !isMoving && applications.every(({ status }) => status === "RUNNING");
  return {
    isSettled: !isUnseen && (isHeld || serves),
    ...(failure === undefined || isHeld ? {} : { failure }),
    isUnseen,
    isQuiet: false,
    where: isUnseen ? unseenText(generation, observed) : whereText(object),
  };
}

function failureOf(
  object: RayObject,
  { writtenAt, isUnseen }: Pick<Awaited, "writtenAt"> & { readonly isUnseen: boolean },
): string | undefined {
  const ready = conditionOf(object, "Ready");
  if (ready?.reason === GIVEN_UP) return `the operator has given it up: ${ready.message}. The next update makes it anew.`;
  // Without a date it may be about what was declared before; then only the operator's warning tells.
  if (ready?.reason === "ValidationFailed" && Date.parse(String(ready.lastTransitionTime)) >= writtenAt) {
    return `the operator refuses it: ${ready.message}. Mend the specification.`;
  }
  if (isUnseen) return undefined;
  const applications = Object.entries(newestCluster(statusOf(object))?.applicationStatuses ?? {});
  const [failed] = applications.filter(([, { status }]) => status === "DEPLOY_FAILED");
  return failed === undefined ? undefined : `application ${failed[0]} cannot be deployed: ${failed[1].message ?? "no reason is given"}.`;
}

function clusterText(role: string, cluster: ServedClusterStatus | undefined): readonly string[] {
  if (!isThere(cluster)) return [];
  const { rayClusterName, rayClusterStatus, applicationStatuses = {}, trafficRoutedPercent } = cluster;
  const applications = Object.entries(applicationStatuses).map(
    ([name, { status, message = "" }]) => `application ${name} is ${status ?? "not known"}${message === "" ? "" : ` (${message})`}`,
  );
  const share = trafficRoutedPercent === undefined ? [] : [`it gets ${trafficRoutedPercent} % of the requests`];
  return [[`${role} cluster ${rayClusterName ?? ""} is ${rayClusterStatus?.state ?? "not ready"}`, ...share, ...applications].join(", ")];
}

function whereText(object: RayObject): string {
  const { activeServiceStatus, pendingServiceStatus } = statusOf(object);
  const ready = conditionOf(object, "Ready");
  const said = ready === undefined ? [] : [`Ready is ${ready.status} (${ready.reason}: ${ready.message})`];
  return `${[...said, ...clusterText("the serving", activeServiceStatus), ...clusterText("the next", pendingServiceStatus)].join("; ")}.`;
}
