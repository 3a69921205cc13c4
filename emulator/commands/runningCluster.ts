import { describeCloud } from "../cloud/cloud";
import { readStackOutputs } from "../engine/readStackOutputs";
import type { LocalCluster } from "../localCluster";
import type { LocalStack } from "../localStack";
import { openCluster } from "./upStack";

/** What every command says when there is nothing to work on. */
export const NOTHING_RUNS = "Nothing runs. `make up` starts the local stack.";

/** The cluster that runs, or undefined when the cloud or the stack is not there. */
export async function findRunningCluster(local: LocalStack): Promise<LocalCluster | undefined> {
  const cloud = await describeCloud(local.stateDirectory);
  const outputs = readStackOutputs(local.stateDirectory, { project: "rayfleet", stack: local.stack });
  return cloud === undefined || outputs === undefined ? undefined : openCluster(cloud, outputs);
}
