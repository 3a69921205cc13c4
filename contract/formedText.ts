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

/** Names that fit everywhere they are used: tags, Auto Scaling group names, Ray node types, pod names, file names. */
export const resourceName = formed(
  /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
  "1 to 32 lower-case letters, digits and dashes, starting with a letter, not ending with a dash",
);

/** Name of an environment variable. */
export const environmentName = formed(/^[A-Za-z_][A-Za-z0-9_]*$/, "letters, digits and underscores, not starting with a digit");

/** Environment variables by name. */
export const environment = z.record(environmentName, z.string());

/** Parameters of `ray start`, as in KubeRay. */
export const rayStartParams = z.record(
  formed(/^[a-z][a-z0-9-]*$/, "a parameter of `ray start` without the leading dashes, such as system-reserved-cpu"),
  z.string(),
);
