import type { MachineConfig } from "../../contract/machineConfig";
import { describeFailure, type MachineAccess } from "../machineAccess";

/** Folder of the virtual environment that the node service makes. */
export const VENV = "/opt/rayfleet/venv";
/** Says what is installed; written last, so that an installation that was cut off is made again. */
const STAMP = `${VENV}/rayfleet-installed.json`;
const INSTALL_TIMEOUT_SECONDS = 1200;

type RayConfig = MachineConfig["ray"];

/** What pip is asked for: Ray with dashboard and job API, pinned, then the user's packages. */
export function pipRequirements(ray: RayConfig): readonly string[] {
  const packages = ray.install.kind === "wheel" ? ray.install.packages : [];
  return [`ray[default]==${ray.version}`, ...packages];
}

/** The version in `ray, version 2.60.0` or a line `2.60.0`; undefined when the text is something else. */
export function parseRayVersion(output: string): string | undefined {
  return /^(?:ray, version )?(\d+\.\d+\.\S+)$/m.exec(output)?.[1];
}

/** Asks Python's own records first, a tenth of a second; the `ray` command itself takes one to three seconds to say it. */
async function findRayVersion(machine: MachineAccess, folder: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const question = "from importlib.metadata import version; print(version('ray'))";
  const quick = await machine.shell.run([`${folder}/python`, "-c", question], { timeoutSeconds: 60, environment });
  const hasCommand = await machine.files.exists(`${folder}/ray`);
  const known = quick.code === 0 && hasCommand ? parseRayVersion(quick.output) : undefined;
  if (known !== undefined) return known;
  const command = [`${folder}/ray`, "--version"];
  const result = await machine.shell.run(command, { timeoutSeconds: 120, environment });
  const found = result.code === 0 ? parseRayVersion(result.output) : undefined;
  if (found === undefined) throw new Error(describeFailure(command.join(" "), result));
  return found;
}

async function succeed(machine: MachineAccess, command: readonly string[], environment: Readonly<Record<string, string>>): Promise<void> {
  const result = await machine.shell.run(command, { timeoutSeconds: INSTALL_TIMEOUT_SECONDS, environment, logName: "ray-install" });
  if (result.code !== 0) throw new Error(describeFailure(command.slice(0, 4).join(" "), result));
}

async function hasPython(machine: MachineAccess, program: string, version: string): Promise<boolean> {
  const question = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])";
  const result = await machine.shell.run([program, "-c", question], { timeoutSeconds: 20 });
  return result.code === 0 && result.output.trim() === version;
}

/** The first program that is this Python and can make virtual environments. */
async function findPython(machine: MachineAccess, version: string): Promise<string | undefined> {
  for (const program of [`python${version}`, `/usr/bin/python${version}`, `/usr/local/bin/python${version}`, "python3"]) {
    if (await hasPython(machine, program, version)) return program;
  }
  return undefined;
}

async function providePython(machine: MachineAccess, version: string): Promise<string> {
  const found = await findPython(machine, version);
  if (found !== undefined) return found;
  if (machine.isRoot) {
    machine.log("python-install", { version });
    const python = `python${version}`;
    const script = `if command -v dnf >/dev/null; then dnf install -y -q ${python} ${python}-pip
      else export DEBIAN_FRONTEND=noninteractive; apt-get update -q && apt-get install -y -q ${python} ${python}-venv; fi`;
    await succeed(machine, ["sh", "-e", "-c", script], {});
    const installed = await findPython(machine, version);
    if (installed !== undefined) return installed;
  }
  throw new Error(
    `ray.python: is not on the machine; got no python${version} with venv; expected one. Choose another ray.python or a machine image that has it.`,
  );
}

async function installWheel(machine: MachineAccess, ray: RayConfig, environment: Readonly<Record<string, string>>): Promise<string> {
  const requirements = pipRequirements(ray);
  const stamp = JSON.stringify({ python: ray.python, requirements });
  if ((await machine.files.read(STAMP)) === stamp) {
    machine.log("ray-present", { version: ray.version });
    return `${VENV}/bin`;
  }
  const python = await providePython(machine, ray.python);
  await machine.files.remove(VENV);
  await succeed(machine, [python, "-m", "venv", VENV], environment);
  const pip = [
    `${VENV}/bin/python`,
    "-m",
    "pip",
    "install",
    "--no-input",
    "--disable-pip-version-check",
    "--retries",
    "5",
    "--timeout",
    "30",
  ];
  await succeed(machine, [...pip, "--only-binary", "ray", ...requirements], environment);
  await machine.files.write(STAMP, stamp, 0o644);
  return `${VENV}/bin`;
}

/**
 * Puts Ray on the machine, or finds it there, and answers with the folder of the `ray` command. A second start finds the first one's work.
 *
 * @throws Error when there is no fitting Python, pip fails, or the Ray found is not the version that the cluster runs
 */
export async function provideRay(machine: MachineAccess, ray: RayConfig, environment: Readonly<Record<string, string>>): Promise<string> {
  const folder = ray.install.kind === "image" ? ray.install.rayBinDirectory : await installWheel(machine, ray, environment);
  const found = await findRayVersion(machine, folder, environment);
  if (found !== ray.version) {
    throw new Error(
      `ray.version: the machine has another; got ${found} in ${folder}; expected ${ray.version}. Change ray.version or the machine image.`,
    );
  }
  return folder;
}
