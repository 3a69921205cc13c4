import { execFile, execFileSync } from "node:child_process";
import { chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import {
  cloudMissing,
  makeStateDirectory,
  projectDirectory,
  remainsOf,
  removeStateDirectory,
  skipNote,
  venvDirectory,
} from "./emulatedCloud";

const NOBODY = 65_534;
const AS_NOBODY = ["--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups"];
const SYSTEM_PYTHON = "/usr/bin/python3";

/** Why it cannot be tried here; as another user than root the other suites are rootless already. */
function whyNot(): string | undefined {
  if (cloudMissing !== undefined) return cloudMissing;
  if (process.getuid?.() !== 0) return "not root: the other suites run without rights here";
  const trials: [string, string[]][] = [
    [
      "no user namespaces for users without rights",
      ["unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--mount-proc", "true"],
    ],
    [
      "the project cannot be read by others",
      [SYSTEM_PYTHON, "-c", `import sys; sys.path.insert(0, ${JSON.stringify(sitePackages())}); import moto`],
    ],
    ["Node cannot be run by others", [join(projectDirectory, "node_modules/node/bin/node"), "--version"]],
  ];
  return trials.find(([, words]) => !succeeds(words))?.[0];
}

function sitePackages(): string {
  const [python = "python3"] = readdirSync(join(venvDirectory, "lib"));
  return join(venvDirectory, "lib", python, "site-packages");
}

function succeeds(words: string[]): boolean {
  try {
    execFileSync("setpriv", [...AS_NOBODY, ...words], { stdio: "pipe", timeout: 30_000, cwd: "/" });
    return true;
  } catch {
    return false;
  }
}

/** An environment on the system's Python with the packages of the project's: the project's own interpreter may lie in root's home. */
function makeEnvironment(directory: string): string {
  const version = execFileSync(SYSTEM_PYTHON, ["-c", "import sys; print('python%d.%d' % sys.version_info[:2])"], {
    encoding: "utf8",
  }).trim();
  const packages = join(directory, "lib", version, "site-packages");
  mkdirSync(packages, { recursive: true });
  mkdirSync(join(directory, "bin"));
  symlinkSync(SYSTEM_PYTHON, join(directory, "bin/python3"));
  writeFileSync(join(directory, "pyvenv.cfg"), "home = /usr/bin\ninclude-system-site-packages = false\n");
  writeFileSync(join(packages, "project.pth"), `${sitePackages()}\n`);
  return directory;
}

const missing = whyNot();

describe.skipIf(missing)(`a cloud of a user without rights${skipNote(missing)}`, () => {
  const base = makeStateDirectory();
  afterAll(() => removeStateDirectory(base));

  it("starts, runs a machine whose user is root in it, and leaves nothing", async () => {
    chownSync(base, NOBODY, NOBODY);
    const venv = makeEnvironment(join(base, "venv"));
    const state = join(base, "state");
    const node = join(projectDirectory, "node_modules/node/bin/node");
    const script = join(projectDirectory, "test/emulator/cloud/rootlessRun.ts");
    const { stdout } = await promisify(execFile)("setpriv", [...AS_NOBODY, node, "--import", "tsx", script, state, venv], {
      cwd: projectDirectory,
      env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", HOME: base },
      timeout: 55_000,
    });
    const seen = JSON.parse(stdout) as { address: string; exitCode: number; stdout: string; stderr: string };
    expect(seen).toMatchObject({ exitCode: 0, stderr: "", address: expect.stringMatching(/^10\.80\.0\.\d+$/) });
    expect(seen.stdout.trim().split("\n")).toEqual(["0", '{"cpus":2,"memoryBytes":8589934592,"gpus":0}', "written"]);
    expect(remainsOf(state)).toEqual([]);
  });
});
