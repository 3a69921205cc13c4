import { setTimeout as sleep } from "node:timers/promises";
import { type AwaitOptions, NotReadyError } from "./awaitRayCluster";
import { placeText, type RayObject, type RayPlace } from "./rayObject";
import type { RayStore } from "./rayStore";

const LOOK_INTERVAL_MS = 500;

/**
 * Waits until the operator has taken a RayJob on; how the job ends is not waited for. A suspended one is not waited for either.
 *
 * @throws NotReadyError with the operator's own words when it refuses, or when it says nothing
 */
export async function awaitRayJob(store: RayStore, written: RayObject, place: RayPlace, options: AwaitOptions): Promise<RayObject> {
  if (written.spec["suspend"] === true) return written;
  const until = performance.now() + options.timeoutSeconds * 1000;
  for (;;) {
    const object = await store.read(place, options.signal);
    if (object === undefined) throw new NotReadyError(`${placeText(place)}: was deleted by somebody else while it was waited for.`);
    const { jobDeploymentStatus = "", reason, message } = (object.status ?? {}) as Readonly<Record<string, string>>;
    if (jobDeploymentStatus === "ValidationFailed") {
      throw new NotReadyError(`${placeText(place)}: the operator refuses it: ${reason ?? "ValidationFailed"}: ${message ?? ""}. Mend it.`);
    }
    if (jobDeploymentStatus !== "") return object;
    if (performance.now() > until) {
      const asks = "does it run, and does it watch this namespace?";
      throw new NotReadyError(`${placeText(place)}: the operator has not taken it on after ${options.timeoutSeconds} s; ${asks}`);
    }
    await sleep(LOOK_INTERVAL_MS, undefined, { signal: options.signal });
  }
}
