import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Deployment } from "./deployment";
import { startMonitor } from "./monitor";
import type { StackConfiguration } from "./stackConfiguration";

/** Registrations that the SDK sends at once. */
const PARALLEL_REGISTRATIONS = 16;
/** How long a program that must end may take to notice, then to obey. */
const NOTICE_MS = 300;
const OBEY_MS = 5_000;

/** Variables of the user's shell that would change what the program does: they belong to other stacks and real accounts. */
const FOREIGN_VARIABLE = /^(PULUMI_|AWS_)/;

function programEnvironment(configuration: StackConfiguration): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !FOREIGN_VARIABLE.test(name));
  return {
    ...Object.fromEntries(inherited),
    PULUMI_NODEJS_TYPESCRIPT: String(configuration.isTypeScript),
    // Types are checked by the compiler in the project's own checks; here it would cost seconds a run.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    PULUMI_CONFIG: JSON.stringify(configuration.values),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(configuration.secretKeys),
  };
}

function programArguments(deployment: Deployment, address: string, configuration: StackConfiguration): string[] {
  const { directory, project, stack, isPreview } = deployment.context;
  // From the program's own installation, so that it meets the SDK that it imports.
  const run = createRequire(join(directory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  return [
    ...configuration.nodeArguments,
    run,
    `--monitor=${address}`,
    `--engine=${address}`,
    `--project=${project}`,
    `--stack=${stack}`,
    `--root-directory=${directory}`,
    `--pwd=${directory}`,
    `--parallel=${PARALLEL_REGISTRATIONS}`,
    ...(isPreview ? ["--dry-run"] : []),
    configuration.main,
  ];
}

/** Hands the program's output on line by line. Once the run has failed, the program only reports that it was cut off. */
function forwardOutput(child: ChildProcess, deployment: Deployment): void {
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8");
    stream?.on("data", (chunk: string) => {
      const lines = `${rest}${chunk}`.split("\n");
      rest = lines.pop() ?? "";
      if (deployment.failure === undefined)
        for (const line of lines.filter((text) => text.trim() !== "")) deployment.context.journal.say("info", line);
    });
    stream?.on("end", () => {
      if (rest.trim() !== "" && deployment.failure === undefined) deployment.context.journal.say("info", rest);
    });
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * Runs the program in a process of its own, exactly as Pulumi's Node.js language host does.
 *
 * @throws Error when the program fails; failures of resources stand in the deployment
 */
export async function runChildProgram(deployment: Deployment, configuration: StackConfiguration): Promise<void> {
  const monitor = await startMonitor(deployment);
  try {
    const child = spawn(process.execPath, programArguments(deployment, monitor.address, configuration), {
      cwd: deployment.context.directory,
      env: programEnvironment(configuration),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    forwardOutput(child, deployment);
    const stop = () => {
      setTimeout(() => signalGroup(child, "SIGTERM"), NOTICE_MS).unref();
      setTimeout(() => signalGroup(child, "SIGKILL"), NOTICE_MS + OBEY_MS).unref();
    };
    deployment.onFailure = stop;
    if (deployment.failure !== undefined) stop();
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve(code ?? 1));
    });
    await deployment.settled();
    if (deployment.failure === undefined && exitCode !== 0) throw programFailure(exitCode, monitor.errors);
  } finally {
    monitor.close();
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
const COLOUR = /\u001b\[\d*m/g;

/** The first error of the program in one line; its stack trace was handed on as a message. */
function programFailure(exitCode: number, errors: readonly string[]): Error {
  const [first = "it gave no reason"] = errors;
  const [text = ""] = first
    .replaceAll(COLOUR, "")
    .replace(/^Running program '.*' failed with an unhandled exception:\s*/s, "")
    .replace(/^<ref \*1> /, "")
    .split(/\n\s+at /);
  return new Error(`the program failed (exit code ${exitCode}): ${text.trim()}`);
}
