import { parseArgs } from "node:util";
import { runBreak } from "./commands/break";
import { runDemo } from "./commands/demo";
import { runDown } from "./commands/down";
import { runPreview } from "./commands/preview";
import { runStatus } from "./commands/status";
import { runToken } from "./commands/token";
import { runUp } from "./commands/up";
import { type LocalStack, localStack } from "./localStack";

const verbs = {
  up: runUp,
  status: runStatus,
  demo: runDemo,
  token: runToken,
  break: runBreak,
  down: (local: LocalStack, signal: AbortSignal) => runDown(local, signal),
  preview: runPreview,
} as const;

/**
 * The command behind the make targets: one verb and its words, exit code 0 when it did what it says.
 *
 * `--stack NAME` takes another file of `stacks/`; `--state NAME` keeps the state in another folder of `.rayfleet`, so that two can run side by side.
 */
async function main(): Promise<number> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { stack: { type: "string" }, state: { type: "string" } } });
  const verb = positionals[0] ?? "";
  if (!(verb in verbs)) {
    console.error(`command: is unknown; got "${verb}"; expected one of ${Object.keys(verbs).join(", ")}. See \`make help\`.`);
    return 2;
  }
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)));
  try {
    const local = localStack(values.stack ?? "local", values.state);
    return await verbs[verb as keyof typeof verbs](local, interrupted.signal, positionals.slice(1));
  } catch (error) {
    console.error(`\n${verb}: ${error instanceof Error ? error.message : String(error)}`);
    if (process.env["DEBUG"] && error instanceof Error) console.error(error.stack);
    return 1;
  }
}

void main().then((code) => process.exit(code));
