import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const directory = join(__dirname, "..", "..", "stacks");

/** Names of all stacks in the repository. */
export const stackNames: readonly string[] = readdirSync(directory).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);

/** A stack's configuration as a program gets it: every value is text, objects are JSON. */
export function stackConfig(stack: string): Readonly<Record<string, string>> {
  const file = parse(readFileSync(join(directory, `Pulumi.${stack}.yaml`), "utf8")) as {
    readonly config: Readonly<Record<string, unknown>>;
  };
  return Object.fromEntries(
    Object.entries(file.config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
