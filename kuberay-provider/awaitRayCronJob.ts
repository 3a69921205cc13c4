import { type AwaitOptions, awaitOperator, type Standing } from "./awaitOperator";
import type { RayObject, RayPlace } from "./rayObject";
import type { RayStore } from "./rayStore";

/**
 * Looks whether the operator refuses a RayCronJob. It says nothing of a schedule that it takes on: not a condition, nor a generation, until the first job.
 *
 * @throws NotReadyError with the operator's own words when it refuses
 */
export async function awaitRayCronJob(store: RayStore, written: RayObject, place: RayPlace, options: AwaitOptions): Promise<RayObject> {
  const standing: Standing = { isSettled: false, isUnseen: true, isQuiet: true, where: "" };
  const expectation = {
    wanted: "taken on",
    refusals: ["InvalidRayCronJobSpec"],
    afterRefusal: () => "No job is started.",
    standing: () => standing,
  };
  return await awaitOperator(store, { written, place }, expectation, options);
}
