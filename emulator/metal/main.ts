import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createControlServer } from "./controlServer";
import { Fleet } from "./fleet";
import { metalSettingsSchema, socketNames } from "./metalSettings";

/** Between two looks at the API. */
const LOOK_EVERY_MS = 300;

function log(event: string, fields: Record<string, unknown> = {}): void {
  console.log(JSON.stringify({ at: new Date().toISOString(), event, ...fields }));
}

async function main(): Promise<void> {
  const settings = metalSettingsSchema.parse(JSON.parse(process.argv[2] ?? ""));
  await mkdir(join(settings.socketDirectory, "stage"), { recursive: true });
  const fleet = new Fleet(settings, log);
  const socket = join(settings.socketDirectory, socketNames.metal);
  await rm(socket, { force: true });
  createControlServer(fleet, settings).listen(socket);
  let lastProblem = "";
  for (;;) {
    const problem = await fleet.follow().then(
      () => "",
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    // Said once, not three times a second.
    if (problem !== "" && problem !== lastProblem) log("look-failed", { problem });
    lastProblem = problem;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

main().catch((error: unknown) => {
  log("metal-failed", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  process.exit(1);
});
