import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { agentEnvironmentNames } from "../../contract/agentEnvironment";
import { agentProgram } from "../../node-service/agentProcess";
import { bundleProgram } from "../../scripts/bundleProgram";

/** Where the agent of the tests finds its configuration. */
export const AGENT_PARAMETER = "/rayfleet/demo/agent";

/** What the agent speaks to. */
export interface AgentSurroundings {
  /** `host:port`. */
  readonly gcsAddress: string;
  readonly awsEndpointUrl: string;
}

/** Makes a folder from which {@link startAgent} starts: the agent as machines get it, and its token. */
export async function prepareAgent(directory: string, token: string): Promise<void> {
  const bundle = await bundleProgram(resolve(__dirname, "../.."), "autoscaler-agent/main.ts");
  await Promise.all([writeFile(join(directory, "agent.js"), bundle), writeFile(join(directory, "token"), `${token}\n`, { mode: 0o600 })]);
}

/** The agent as a process of its own, started as the node service does it. Its records are in `decisions` of the folder. @param more further variables, which win */
export function startAgent(
  directory: string,
  { gcsAddress, awsEndpointUrl }: AgentSurroundings,
  more: Readonly<Record<string, string>> = {},
): ChildProcess {
  const { argv, environment } = agentProgram(directory);
  const [program = "", ...words] = argv;
  return spawn(program, words, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...environment,
      [agentEnvironmentNames.configParameter]: AGENT_PARAMETER,
      [agentEnvironmentNames.region]: "us-east-1",
      [agentEnvironmentNames.gcsAddress]: gcsAddress,
      [agentEnvironmentNames.tokenPath]: join(directory, "token"),
      [agentEnvironmentNames.recordFolder]: join(directory, "decisions"),
      AWS_ENDPOINT_URL: awsEndpointUrl,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      ...more,
    },
  });
}
