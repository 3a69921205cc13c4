import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentProgram } from "../plan/kubernetes/planAgent";

/** As base64 a third more, and 262,144 is what `kubectl apply` can keep as an annotation of the object; beside it stands the rest of the object. */
const MOST_PART_BYTES = 180_000;
const HASH_DIGITS = 10;

/** The agent's program of a folder that `npm run build` has made; undefined when it has not. */
export function readAgentProgram(directory: string): AgentProgram | undefined {
  const path = join(directory, "agent.js.gz");
  if (!existsSync(path)) return undefined;
  const packed = readFileSync(path);
  const count = Math.ceil(packed.length / MOST_PART_BYTES);
  const parts = Array.from({ length: count }, (_, index) => packed.subarray(index * MOST_PART_BYTES, (index + 1) * MOST_PART_BYTES));
  return {
    parts: parts.map((part) => part.toString("base64")),
    hash: createHash("sha256").update(packed).digest("hex").slice(0, HASH_DIGITS),
  };
}
