import { type AwaitOptions, awaitOperator, generationsOf, isQueued, type Standing, unseenText } from "./awaitOperator";
import type { RayObject, RayPlace } from "./rayObject";
import type { RayStore } from "./rayStore";

const ANY = "acted on";
/** Larger sums are written as this. */
const MOST = 2_147_483_647;

interface Group {
  readonly replicas?: number;
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly numOfHosts?: number;
  readonly suspend?: boolean;
}

/**
 * Waits until the operator has acted on just this generation of a RayCluster and calls it ready, or has suspended it where that is declared.
 *
 * An operator that refuses a spec leaves no word of it in the status, and the state of before stands there for ever. Nor does it write anything, not even the generation,
 * where a change leaves the status as it was: another image changes no pod that is there. So a cluster that was ready counts as ready when its status agrees with the
 * spec and no refusal comes.
 *
 * @throws NotReadyError with the operator's own words, as soon as it refuses or when the time is over
 */
export async function awaitRayCluster(store: RayStore, written: RayObject, place: RayPlace, options: AwaitOptions): Promise<RayObject> {
  const { generation } = generationsOf(written);
  const wanted = wantedState(written);
  const refusals = ["InvalidRayClusterSpec", "InvalidRayClusterMetadata"];
  const standing = (object: RayObject) => clusterStanding(object, generation, wanted);
  return await awaitOperator(store, { written, place }, { wanted, refusals, afterRefusal: frozenText, standing }, options);
}

function wantedState(object: RayObject): string {
  if (isQueued(object)) return ANY;
  return object.spec["suspend"] === true ? "suspended" : "ready";
}

function stateOf({ status = {} }: RayObject): string {
  return typeof status["state"] === "string" ? status["state"] : "";
}

function clusterStanding(object: RayObject, generation: number, wanted: string): Standing {
  const { observed } = generationsOf(object);
  const state = stateOf(object);
  const isUnseen = observed < generation;
  return {
    isSettled: !isUnseen && (wanted === ANY || state === wanted),
    isUnseen,
    isQuiet: isUnseen && observed > 0 && state === wanted && countsAgree(object),
    where: isUnseen ? unseenText(generation, observed) : `its state is ${state === "" ? "not known" : state}, not ${wanted}.`,
  };
}

/** True where the operator would find nothing to write: the numbers of workers in the status follow from the spec. */
function countsAgree({ spec, status = {} }: RayObject): boolean {
  const groups = ((spec["workerGroupSpecs"] ?? []) as readonly Group[]).filter(({ suspend }) => suspend !== true);
  const sum = (of: (group: Group) => number) => {
    const pods = groups.map((group) => of(group) * (group.numOfHosts ?? 1));
    return Math.min(
      MOST,
      pods.reduce((all, one) => all + one, 0),
    );
  };
  const least = ({ minReplicas = 0 }: Group) => minReplicas;
  const most = ({ maxReplicas = MOST }: Group) => maxReplicas;
  const desired = (group: Group) => Math.min(most(group), Math.max(least(group), group.replicas ?? 0));
  // The operator leaves out a zero.
  const said = (key: string) => status[key] ?? 0;
  return (
    said("minWorkerReplicas") === sum(least) && said("maxWorkerReplicas") === sum(most) && said("desiredWorkerReplicas") === sum(desired)
  );
}

function frozenText(object: RayObject): string {
  const state = stateOf(object);
  return state === ""
    ? "No pod is made."
    : `Its pods run on as they are and nothing replaces one that is lost, though its state still says ${state}.`;
}
