import { KubernetesError } from "../../../kubernetes-api/kubernetesError";
import type { BackendError, BackendErrorCode } from "../backend";

const codesByStatus: Readonly<Record<number, BackendErrorCode>> = {
  401: "unauthorized",
  403: "unauthorized",
  404: "gone",
  408: "unreachable",
  410: "unreachable",
  422: "misconfigured",
  429: "throttled",
};

/** Anything that a call threw, as data. Without a status there was no answer; what the server says of itself (5xx) is tried again like that. */
export function kubeBackendError(thrown: unknown): BackendError {
  const message = oneLine(thrown instanceof Error ? thrown.message : String(thrown));
  if (!(thrown instanceof KubernetesError)) return { code: "unknown", message };
  const { status } = thrown;
  if (status === undefined || status >= 500) return { code: "unreachable", message };
  return { code: codesByStatus[status] ?? "unknown", message };
}

/** What the server says of a JSON patch with a `test` that failed. Its reason is `Invalid`, as for values that break a rule; those it names. */
const FAILED_TEST = "the server rejected our request due to an error in our request";

/** True when a patch was refused because the object is not as it was read. */
export function isLostRace(thrown: unknown): boolean {
  return thrown instanceof KubernetesError && (thrown.status === 409 || (thrown.status === 422 && thrown.message.includes(FAILED_TEST)));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 500);
}
