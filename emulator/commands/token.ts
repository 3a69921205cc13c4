import { describeCloud } from "../cloud/cloud";
import { readStackOutputs } from "../engine/readStackOutputs";
import type { LocalStack } from "../localStack";
import { openCluster } from "./upStack";

/** `make token`: the Ray token on standard output and nothing else, for `$(make -s token)`. */
export async function runToken(local: LocalStack): Promise<number> {
  const cloud = await describeCloud(local.stateDirectory);
  const outputs = readStackOutputs(local.stateDirectory, { project: "rayfleet", stack: local.stack });
  const token = cloud === undefined || outputs === undefined ? undefined : await openCluster(cloud, outputs).token();
  if (token === undefined) {
    console.error("token: is not there; nothing runs, or the head has not made it yet. `make up` starts the local stack.");
    return 1;
  }
  console.log(token);
  return 0;
}
