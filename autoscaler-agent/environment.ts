import { agentEnvironmentNames } from "../contract/agentEnvironment";

/** What the node service tells the agent. */
export interface AgentEnvironment {
  readonly configParameter: string;
  readonly region: string;
  readonly gcsAddress: string;
  /** Absent: the cluster has no token. */
  readonly tokenPath?: string;
  /** Absent: decisions are not recorded. */
  readonly recordFolder?: string;
}

/** An environment that the agent cannot start with, with all problems. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

/**
 * The agent's environment.
 *
 * @throws EnvironmentError with every problem at once.
 */
export function parseEnvironment(variables: Readonly<Record<string, string | undefined>>): AgentEnvironment {
  const names = agentEnvironmentNames;
  const problems = [names.configParameter, names.region, names.gcsAddress]
    .filter((name) => (variables[name] ?? "") === "")
    .map((name) => `${name}: is missing; got nothing; expected a value. The node service sets it; see contract/agentEnvironment.ts.`);
  const gcsAddress = variables[names.gcsAddress] ?? "";
  if (gcsAddress !== "" && !/^[^:\s]+:\d{1,5}$/.test(gcsAddress)) {
    problems.push(
      `${names.gcsAddress}: is no address; got "${gcsAddress}"; expected host:port. Use the head's private address and Ray's port.`,
    );
  }
  if (problems.length > 0) {
    throw new EnvironmentError(problems.join("\n"));
  }
  const [tokenPath = "", recordFolder = ""] = [variables[names.tokenPath], variables[names.recordFolder]];
  return {
    configParameter: variables[names.configParameter] ?? "",
    region: variables[names.region] ?? "",
    gcsAddress,
    ...(tokenPath === "" ? {} : { tokenPath }),
    ...(recordFolder === "" ? {} : { recordFolder }),
  };
}
