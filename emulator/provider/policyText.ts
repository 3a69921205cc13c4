/** A policy as text. Programs may write one as an object; AWS only takes text. */
export function policyText(policy: unknown): string {
  return typeof policy === "string" ? policy : JSON.stringify(policy);
}

/** A policy as IAM returns it, percent-encoded, made readable. */
export function decodePolicy(encoded: string | undefined): string | undefined {
  return encoded === undefined ? undefined : decodeURIComponent(encoded);
}
