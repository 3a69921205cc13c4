import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildPlugin } from "../../../scripts/buildPlugin";

const root = resolve(__dirname, "../../..");

function answers(command: string, ...words: string[]): boolean {
  return spawnSync(command, words, { stdio: "ignore", timeout: 20_000 }).error === undefined;
}

/** Why the real Pulumi command cannot be tried here, or undefined. */
export const pulumiMissing = !answers("pulumi", "version")
  ? "there is no pulumi command on the PATH"
  : answers("pulumi-language-nodejs", "-help")
    ? undefined
    : "there is no pulumi-language-nodejs on the PATH";

/** The real Pulumi command with a home and a state of its own, the plugin installed, and a copy of the program, because it edits stack files. */
export interface PulumiCommand {
  readonly directory: string;
  /** Runs a command; fails with its output when it fails. */
  run(...words: string[]): string;
  remove(): void;
}

/** @param layProgram fills an empty folder with the program */
export async function installPulumi(endpointUrl: string, stack: string, layProgram: (directory: string) => void): Promise<PulumiCommand> {
  const home = mkdtempSync(join(tmpdir(), "rayfleet-pulumi-"));
  const directory = join(home, "program");
  const backend = join(home, "backend");
  mkdirSync(backend);
  mkdirSync(directory);
  layProgram(directory);
  const env = {
    ...process.env,
    PULUMI_HOME: join(home, "home"),
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    RAYFLEET_AWS_ENDPOINT: endpointUrl,
  };
  const run = (...words: string[]): string => {
    const { status, stdout, stderr } = spawnSync("pulumi", [...words, "--color", "never"], { cwd: directory, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`pulumi ${words.join(" ")} ended with code ${status}:\n${stdout}\n${stderr}`);
    return stdout;
  };
  const plugin = await buildPlugin(root, join(home, "plugin"));
  run("plugin", "install", "resource", "aws", plugin.version, "-f", plugin.directory);
  run("stack", "init", stack);
  return { directory, run, remove: () => rmSync(home, { recursive: true, force: true }) };
}
