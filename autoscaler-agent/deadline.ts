/** A signal that is aborted by the caller's or when the time is up, whichever is first. Every network call of the agent carries one. */
export function withDeadline(signal: AbortSignal, milliseconds: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
}
