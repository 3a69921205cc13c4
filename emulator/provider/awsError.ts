/** Names that AWS services give to "there is no such thing". */
const GONE = /NotFound|NoSuch|DoesNotExist|ResourceNotFoundException|InvalidAllocationID|^NotFoundException$|^404$/;

/** True when the call failed because its object does not exist (any more). */
function isGone(error: unknown): boolean {
  return error instanceof Error && GONE.test(error.name);
}

/** The promise's value, or undefined when the object is gone; other failures stay failures. */
export async function orGone<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Does it, content when the object is gone already. */
export async function ignoreGone(promise: Promise<unknown>): Promise<void> {
  await orGone(promise);
}

/**
 * One sentence for a failed AWS call. An action that the API emulator lacks is answered with an HTML page, on which the SDK says only that
 * it cannot parse it; that case is put into words here.
 */
export function describeAwsError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  if (status === 500 && /parse error|mismatched tags|Deserialization/i.test(error.message))
    return "the AWS API emulator could not answer the call (HTTP 500: not implemented there, or failed inside; its log says which)";
  const reason = error.message || (error as { code?: string }).code || "no message";
  return error.name === "Error" || reason.startsWith(error.name) ? reason : `${error.name}: ${reason}`;
}
