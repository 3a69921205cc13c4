import { EnvironmentError } from "./environment";
import { jsonLog, type Log } from "./report/log";
import { systemClock } from "./systemClock";

/** The environment is not usable; as `EX_USAGE` of sysexits.h. Starting again does not help. */
const EXIT_USAGE = 64;
/** Something that should not happen happened; as `EX_SOFTWARE`. Starting again is right: everything is learned anew. */
const EXIT_SOFTWARE = 70;
/** A stop that takes longer than this is cut short: every moment is a safe one. */
const STOP_WITHIN_MS = 1_000;

/** This process as an agent: its log, its signals, its exit codes. Never returns control to what called it but by the end of the process. */
export async function runProcess(run: (log: Log, signal: AbortSignal) => Promise<void>): Promise<void> {
  const log = jsonLog(systemClock, (line) => process.stdout.write(line));
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.once(name, () => {
      log("stopping", { signal: name });
      stop.abort(new Error(`stopped by ${name}`));
      setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    });
  }
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (thrown: unknown) => {
      log("failed", { problem: problemOf(thrown) });
      process.exit(EXIT_SOFTWARE);
    });
  }
  try {
    await run(log, stop.signal);
    log("stopped");
    process.exit(0);
  } catch (thrown) {
    log("failed", { problem: problemOf(thrown) });
    process.exit(thrown instanceof EnvironmentError ? EXIT_USAGE : EXIT_SOFTWARE);
  }
}

function problemOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
