import { setTimeout as sleep } from "node:timers/promises";
import { KubernetesError } from "../kubernetes-api/kubernetesError";
import { placeText, type RayObject, type RayPlace } from "./rayObject";
import type { RayStore, Warning } from "./rayStore";

const LOOK_INTERVAL_MS = 500;
/** The operator's reasons for a spec that it will not act on; without a change of the spec nothing follows. */
const REFUSALS = new Set(["InvalidRayClusterSpec", "InvalidRayClusterMetadata"]);

const ANY = "acted on";

/** The object was written, and what should follow did not. */
export class NotReadyError extends KubernetesError {
  override readonly name = "NotReadyError";
}

export interface AwaitOptions {
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** A warning is told as soon as it is there, and once. */
  readonly onWarning: (warning: Warning) => void;
}

/**
 * Waits until the operator has acted on just this generation of a RayCluster and calls it ready, or has suspended it where that is declared.
 *
 * An operator that refuses a spec leaves no word of it in the status, and the state of before stands there for ever: only the generation and the events tell.
 *
 * @throws NotReadyError with the operator's own words, as soon as it refuses or when the time is over
 */
export async function awaitRayCluster(store: RayStore, written: RayObject, place: RayPlace, options: AwaitOptions): Promise<RayObject> {
  const { generation = 0 } = written.metadata;
  const wanted = wantedState(written);
  const since = new Set((await store.warnings(place, options.signal)).map(warningKey));
  const until = performance.now() + options.timeoutSeconds * 1000;
  let last: Warning | undefined;
  for (;;) {
    const object = await store.read(place, options.signal);
    if (object === undefined) throw new NotReadyError(`${placeText(place)}: was deleted by somebody else while it was waited for.`);
    const { observed, state } = statusOf(object);
    if (observed >= generation && (wanted === ANY || state === wanted)) return object;
    for (const warning of await store.warnings(place, options.signal)) {
      if (since.has(warningKey(warning))) continue;
      since.add(warningKey(warning));
      last = warning;
      options.onWarning(warning);
      if (observed < generation && REFUSALS.has(warning.reason)) throw refused(place, warning, state);
    }
    if (performance.now() > until) throw late(place, { generation, observed, state, wanted, last, timeoutSeconds: options.timeoutSeconds });
    await sleep(LOOK_INTERVAL_MS, undefined, { signal: options.signal });
  }
}

/** Kueue suspends a cluster that waits in a queue, and lets it go when there is room: when that is, nobody can say. */
function wantedState({ spec, metadata }: RayObject): string {
  if (metadata.labels?.["kueue.x-k8s.io/queue-name"] !== undefined) return ANY;
  return spec["suspend"] === true ? "suspended" : "ready";
}

function warningKey({ reason, message, at }: Warning): string {
  return JSON.stringify([reason, message, at]);
}

function statusOf({ status = {} }: RayObject): { observed: number; state: string } {
  const { observedGeneration, state } = status;
  return { observed: typeof observedGeneration === "number" ? observedGeneration : 0, state: typeof state === "string" ? state : "" };
}

function refused(place: RayPlace, { reason, message }: Warning, state: string): NotReadyError {
  const frozen =
    state === ""
      ? "No pod is made."
      : `Its pods run on as they are and nothing replaces one that is lost, though its state still says ${state}.`;
  return new NotReadyError(`${placeText(place)}: the operator refuses it: ${reason}: ${message}. ${frozen} Mend the specification.`);
}

interface Lateness {
  readonly generation: number;
  readonly observed: number;
  readonly state: string;
  readonly wanted: string;
  readonly last: Warning | undefined;
  readonly timeoutSeconds: number;
}

function late(place: RayPlace, { generation, observed, state, wanted, last, timeoutSeconds }: Lateness): NotReadyError {
  const seen =
    observed < generation
      ? `the operator has not acted on generation ${generation} (last: ${observed}); does it run, and does it watch this namespace?`
      : `its state is ${state === "" ? "not known" : state}, not ${wanted}.`;
  const said = last === undefined ? "" : ` Last warning: ${last.reason}: ${last.message}.`;
  return new NotReadyError(`${placeText(place)}: is not ${wanted} after ${timeoutSeconds} s: ${seen}${said}`);
}
