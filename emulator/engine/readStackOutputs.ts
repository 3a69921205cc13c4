import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Properties } from "../provider/resourceType";
import { revealedProperties } from "./secrets";
import { StackState } from "./stackState";

/**
 * The outputs that the last run of a stack left, or undefined when there is no such stack, or it has none (it was destroyed, or never came up whole).
 *
 * @param stack as in the file name `Pulumi.<stack>.yaml`
 */
export function readStackOutputs(stateDirectory: string, identity: { project: string; stack: string }): Properties | undefined {
  const file = resolve(stateDirectory, `${identity.stack}.state.json`);
  if (!existsSync(file)) return undefined;
  const { outputs } = StackState.load(file, identity, "read-only");
  return Object.keys(outputs).length === 0 ? undefined : revealedProperties(outputs);
}
