import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/**
 * The step installs into a folder under /opt, so it runs in a mount namespace of its own, as a program. The wheel is a tiny one that is only
 * named `ray`: what is tested is the installing, with the real Python and the real pip, from a folder instead of an index on the network.
 */
const UNSHARE = process.getuid?.() === 0 ? ["-m"] : ["-Urm"];
const ROOT = resolve(__dirname, "../../..");

const version = spawnSync("python3", ["-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"])
  .stdout?.toString()
  .trim();
const hasNamespaces = spawnSync("unshare", [...UNSHARE, "true"]).status === 0;
const missing = !hasNamespaces ? "mount namespaces are not permitted" : version ? undefined : "there is no python3 with venv";

/** Builds `ray-<version>-py3-none-any.whl`: a package with the `default` extra and a `ray` command. */
const MAKE_WHEEL = `
import sys, zipfile
folder, version = sys.argv[1:]
info = f"ray-{version}.dist-info"
with zipfile.ZipFile(f"{folder}/ray-{version}-py3-none-any.whl", "w") as wheel:
    wheel.writestr("ray.py", f"def main():\\n    print('ray, version {version}')\\n")
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: ray\\nVersion: {version}\\nProvides-Extra: default\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\\nray = ray:main\\n")
    wheel.writestr(f"{info}/RECORD", "")
`;

const PROGRAM = `
import { provideRay } from ${JSON.stringify(join(ROOT, "node-service/steps/rayInstall"))};
import { realMachine } from ${JSON.stringify(join(ROOT, "node-service/realMachine"))};
const events: string[] = [];
const machine = realMachine((event) => void events.push(event), new AbortController().signal, process.argv[2] ?? "");
const install = { kind: "wheel" as const, packages: [] };
const run = (version: string) => provideRay(machine, { version, python: process.argv[3] ?? "", install }, {}).catch((error: Error) => error.message);
(async () => {
  const answers = [await run("2.60.0"), await run("2.60.0"), await run("9.9.9")];
  console.log(JSON.stringify({ answers, events }));
})();
`;

describe.skipIf(missing !== undefined)(`provideRay with real pip${missing === undefined ? "" : ` (${missing})`}`, () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rayfleet-wheel-"));
    for (const name of ["wheels", "opt", "logs"]) mkdirSync(join(folder, name));
    expect(spawnSync("python3", ["-c", MAKE_WHEEL, join(folder, "wheels"), "2.60.0"]).status).toBe(0);
    writeFileSync(join(folder, "program.ts"), PROGRAM);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("installs the pinned wheel, finds it the second time, and says why another cannot be had", () => {
    const program = [process.execPath, "--import", "tsx", join(folder, "program.ts"), join(folder, "logs"), version ?? ""].join(" ");
    const result = spawnSync("unshare", [...UNSHARE, "sh", "-c", `mount --bind ${join(folder, "opt")} /opt && exec ${program}`], {
      cwd: ROOT,
      env: { ...process.env, PIP_NO_INDEX: "1", PIP_FIND_LINKS: join(folder, "wheels") },
    });
    expect(result.stderr.toString()).toBe("");
    const { answers, events } = JSON.parse(result.stdout.toString()) as { answers: string[]; events: string[] };
    expect(answers.slice(0, 2)).toEqual(["/opt/rayfleet/venv/bin", "/opt/rayfleet/venv/bin"]);
    expect(answers[2]).toContain("No matching distribution found for ray[default]==9.9.9");
    expect(events).toEqual(["ray-present"]);
  }, 120_000);
});
