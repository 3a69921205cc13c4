import { join } from "node:path";
import { parse } from "yaml";
import { formatSpecProblem, type SpecProblem } from "../components/plan/specProblem";
import { InputError, inputError, messageOf, readInputFile } from "./inputError";

/**
 * What stands under `rayfleet:cluster` in `stacks/Pulumi.<name>.yaml` of the current folder; undefined when nothing does.
 *
 * @throws InputError when the name cannot be one, or the file is none
 */
export function readStackCluster(name: string): unknown {
  if (!/^[\w.-]+$/.test(name)) {
    throw inputError({
      path: "--stack",
      problem: "is no name of a stack",
      got: JSON.stringify(name),
      expected: "letters, digits, dots, dashes and underscores",
      fix: "Name a stack of the folder stacks.",
    });
  }
  return clusterOf(readYaml("--stack", join("stacks", `Pulumi.${name}.yaml`)));
}

/**
 * A cluster in a file of its own: a stack file, or what would stand under `rayfleet:cluster`.
 *
 * @throws InputError when the file cannot be read or is no YAML
 */
export function readSpecFile(option: string, file: string): unknown {
  const value = readYaml(option, file);
  return typeof value === "object" && value !== null && "config" in value ? clusterOf(value) : value;
}

function readYaml(option: string, file: string): unknown {
  const text = readInputFile(option, file).toString("utf8");
  try {
    return parse(text);
  } catch (error) {
    throw inputError({
      path: option,
      problem: "is not YAML",
      got: `${text.length} characters`,
      expected: "a stack file",
      fix: `${messageOf(error)}.`,
    });
  }
}

function clusterOf(file: unknown): unknown {
  const config: unknown = typeof file === "object" && file !== null && "config" in file ? file.config : undefined;
  return typeof config === "object" && config !== null && "rayfleet:cluster" in config ? config["rayfleet:cluster"] : undefined;
}

/** All problems of a specification as one error. */
export function specError(problems: readonly SpecProblem[]): InputError {
  const [first, ...others] = problems.map((problem) => ({ path: problem.path, message: formatSpecProblem(problem) }));
  return new InputError(first ?? { path: "rayfleet:cluster", message: "rayfleet:cluster: cannot be used." }, others);
}
