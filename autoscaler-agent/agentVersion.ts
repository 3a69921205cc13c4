import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { version } from "../package.json";

/** So many digits of the hash tell two builds apart. */
const HASH_DIGITS = 12;

/** Release, and the beginning of the SHA-256 of the program's own file: `0.1.0+1f0c…`. Two builds of one release need not decide alike. */
export function agentVersion(programFile: string | undefined): string {
  try {
    const hash = createHash("sha256").update(readFileSync(programFile ?? ""));
    return `${version}+${hash.digest("hex").slice(0, HASH_DIGITS)}`;
  } catch {
    return version;
  }
}
