/** The API server refused, or could not be reached. */
export class KubernetesError extends Error {
  override readonly name: string = "KubernetesError";

  constructor(
    message: string,
    /** HTTP status; undefined: no answer. */
    readonly status?: number,
    /** The server's own word for it, such as `AlreadyExists`. */
    readonly reason?: string,
  ) {
    super(message);
  }
}

/** Somebody changed the object between the read and the write. */
export class StaleObjectError extends KubernetesError {
  override readonly name = "StaleObjectError";
}
