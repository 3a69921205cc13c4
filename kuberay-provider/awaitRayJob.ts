import { type AwaitOptions, awaitOperator, type Standing } from "./awaitOperator";
import type { RayObject, RayPlace } from "./rayObject";
import type { RayStore } from "./rayStore";

/**
 * Waits until the operator has taken a RayJob on; how the job ends is not waited for. A suspended one, by Kueue or by hand, counts as taken on.
 *
 * Of a change of a job that it has, the operator says nothing but that it refuses it.
 *
 * @throws NotReadyError with the operator's own words when it refuses, or when it says nothing of a new job
 */
export async function awaitRayJob(store: RayStore, written: RayObject, place: RayPlace, options: AwaitOptions): Promise<RayObject> {
  if (written.spec["suspend"] === true) return written;
  const isNew = (written.metadata.generation ?? 1) === 1;
  const expectation = {
    wanted: "taken on",
    refusals: ["InvalidRayJobSpec", "InvalidRayJobMetadata"],
    afterRefusal: () => "It does not look at it again: the next update makes it anew.",
    standing: (object: RayObject) => jobStanding(object, isNew),
  };
  return await awaitOperator(store, { written, place }, expectation, options);
}

function jobStanding({ status = {} }: RayObject, isNew: boolean): Standing {
  const { jobDeploymentStatus = "", reason, message } = status as Readonly<Record<string, string>>;
  const isTakenOn = jobDeploymentStatus !== "";
  const where = "the operator has said nothing; does it run, and does it watch this namespace?";
  const standing = { isSettled: isTakenOn && isNew, isUnseen: !isNew, isQuiet: isTakenOn, where };
  if (jobDeploymentStatus !== "ValidationFailed") return standing;
  const refused = `the operator refuses it: ${reason ?? jobDeploymentStatus}: ${message ?? ""}.`;
  return { ...standing, isSettled: false, failure: `${refused} Mend it: the next update makes it anew.` };
}
