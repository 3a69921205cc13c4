import type { LocalStack } from "../localStack";
import { findRunningCluster } from "./runningCluster";

/** `make token`: the Ray token on standard output and nothing else, for `$(make -s token)`. */
export async function runToken(local: LocalStack): Promise<number> {
  const cluster = await findRunningCluster(local);
  const token = await cluster?.token();
  if (token === undefined) {
    console.error("token: is not there; nothing runs, or the head has not made it yet. `make up` starts the local stack.");
    return 1;
  }
  console.log(token);
  return 0;
}
