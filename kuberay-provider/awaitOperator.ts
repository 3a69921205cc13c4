import { setTimeout as sleep } from "node:timers/promises";
import { KubernetesError } from "../kubernetes-api/kubernetesError";
import { placeText, type RayObject, type RayPlace } from "./rayObject";
import type { RayStore, Warning } from "./rayStore";

const LOOK_INTERVAL_MS = 500;
/** The operator looks at a change within a second, and says at once what it refuses. */
const QUIET_MS = 5000;

/** The object was written, and what should follow did not. */
export class NotReadyError extends KubernetesError {
  override readonly name = "NotReadyError";
}

export interface AwaitOptions {
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** A warning is told as soon as it is there, and once. */
  readonly onWarning: (warning: Warning) => void;
  /** How long a refusal is looked out for where the operator says nothing of what it takes on. @default 5000 */
  readonly quietMs?: number;
}

/** Where an object stands, as far as its status says. */
export interface Standing {
  /** What should follow has followed. */
  readonly isSettled: boolean;
  /** What should follow will not, a sentence after the object's name. */
  readonly failure?: string;
  /** The operator has not said that it has seen this generation: a refusal is about it. */
  readonly isUnseen: boolean;
  /** The operator need not say anything more: without a refusal for a while it has taken the object on. */
  readonly isQuiet: boolean;
  /** For the message when the time is over. */
  readonly where: string;
}

/** What is waited for. */
export interface Expectation {
  /** As a message says it: `ready`. */
  readonly wanted: string;
  /** The operator's reasons for a spec that it will not act on; without a change of the spec nothing follows. */
  readonly refusals: readonly string[];
  /** What becomes of an object that is refused, one sentence or two. */
  readonly afterRefusal: (object: RayObject) => string;
  /** @param writtenAt when the declared fields were last changed, milliseconds since 1970 */
  readonly standing: (object: RayObject, writtenAt: number) => Standing;
}

/** When this field manager last changed something; the server counts whole seconds. */
function lastWritten({ metadata }: RayObject): number {
  const { managedFields = [] } = metadata as {
    readonly managedFields?: readonly { readonly manager?: string; readonly operation?: string; readonly time?: string }[];
  };
  const times = managedFields.filter(({ operation }) => operation === "Apply").map(({ time = "" }) => Date.parse(time));
  return Math.max(0, ...times.filter((time) => !Number.isNaN(time)));
}

function warningKey({ reason, message, at }: Warning): string {
  return JSON.stringify([reason, message, at]);
}

/**
 * Looks at an object until what is waited for has come, the operator refuses it, or the time is over.
 *
 * A refusal may be older than the first look, and stand there since an earlier update: it counts when it is not older than the last change of what is declared.
 *
 * @throws NotReadyError with the operator's own words
 */
export async function awaitOperator(
  store: RayStore,
  { written, place }: { readonly written: RayObject; readonly place: RayPlace },
  { wanted, refusals, afterRefusal, standing: standingOf }: Expectation,
  { timeoutSeconds, signal, onWarning, quietMs = QUIET_MS }: AwaitOptions,
): Promise<RayObject> {
  const writtenAt = lastWritten(written);
  const earlier = await store.warnings(place, signal);
  const seen = new Set(earlier.filter(({ at }) => !(Date.parse(at) >= writtenAt)).map(warningKey));
  const start = performance.now();
  let last: Warning | undefined;
  for (;;) {
    const object = await store.read(place, signal);
    if (object === undefined) throw new NotReadyError(`${placeText(place)}: was deleted by somebody else while it was waited for.`);
    const { isSettled, failure, isUnseen, isQuiet, where } = standingOf(object, writtenAt);
    if (isSettled) return object;
    if (failure !== undefined) throw new NotReadyError(`${placeText(place)}: ${failure}`);
    for (const warning of (await store.warnings(place, signal)).filter((one) => !seen.has(warningKey(one)))) {
      seen.add(warningKey(warning));
      last = warning;
      onWarning(warning);
      if (isUnseen && refusals.includes(warning.reason)) throw new NotReadyError(refusalText(place, warning, afterRefusal(object)));
    }
    const passed = performance.now() - start;
    if (isQuiet && passed > quietMs) return object;
    if (passed > timeoutSeconds * 1000) {
      const said = last === undefined ? "" : ` Last warning: ${last.reason}: ${last.message}.`;
      throw new NotReadyError(`${placeText(place)}: is not ${wanted} after ${timeoutSeconds} s: ${where}${said}`);
    }
    await sleep(LOOK_INTERVAL_MS, undefined, { signal });
  }
}

function refusalText(place: RayPlace, { reason, message }: Warning, after: string): string {
  return `${placeText(place)}: the operator refuses it: ${reason}: ${message}. ${after} Mend the specification.`;
}

/** What to say while nothing is seen of the operator. */
export function unseenText(generation: number, observed: number): string {
  return `the operator has not acted on generation ${generation} (last: ${observed}); does it run, and does it watch this namespace?`;
}

/** Kueue suspends what waits in a queue, and lets it go when there is room: when that is, nobody can say. */
export function isQueued({ metadata }: RayObject): boolean {
  return metadata.labels?.["kueue.x-k8s.io/queue-name"] !== undefined;
}

/** The generation that an object has, and the one that its status is about. */
export function generationsOf({ metadata, status = {} }: RayObject): { readonly generation: number; readonly observed: number } {
  const { observedGeneration } = status;
  return { generation: metadata.generation ?? 0, observed: typeof observedGeneration === "number" ? observedGeneration : 0 };
}
