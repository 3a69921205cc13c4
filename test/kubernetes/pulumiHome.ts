import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildKubeRayProvider } from "../../scripts/buildKubeRayProvider";

const root = resolve(__dirname, "../..");

/** The plugin is found as our own Pulumi.yaml says it. */
const project = `name: rayfleet
runtime: nodejs
main: index.ts
plugins:
  providers:
    - name: rayfleet
      path: dist/kuberay-provider
`;

/** A new folder with a program, our provider, and room for the state of the Pulumi command; `kubeconfig` is still to be written into it. */
export async function layPulumiHome(program: string): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), "rayfleet-pulumi-"));
  mkdirSync(join(home, "backend"));
  await buildKubeRayProvider(root, join(home, "dist", "kuberay-provider"));
  symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
  writeFileSync(join(home, "Pulumi.yaml"), project);
  writeFileSync(join(home, "index.ts"), program);
  return home;
}

/** Runs the Pulumi command there, beside what lives in this process. Fails with its output when it fails. */
export function runPulumi(home: string, more: Readonly<Record<string, string>>, words: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    KUBECONFIG: join(home, "kubeconfig"),
    PULUMI_HOME: join(home, "home"),
    PULUMI_BACKEND_URL: `file://${join(home, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    ...more,
  };
  return new Promise((done, fail) => {
    execFile("pulumi", [...words, "--color", "never"], { cwd: home, env, encoding: "utf8" }, (error, stdout, stderr) =>
      error === null ? done(stdout) : fail(new Error(`pulumi ${words.join(" ")}: ${error.message}\n${stdout}\n${stderr}`)),
    );
  });
}
