import * as z from "zod";

/**
 * Text with a form of its own, for specifications that people write. `rule` says the form in words: it follows "expected" in an error and stands in the
 * documentation.
 */
export function formed(pattern: RegExp, rule: string) {
  return z.string().regex(pattern).meta({ rule });
}

/** An IPv4 network. */
export const cidr = z.cidrv4().meta({ rule: "an IPv4 block such as 10.80.0.0/16" });
