import { describe, expect, it } from "vitest";
import { parseRayVersion, pipRequirements, provideRay, VENV } from "../../../node-service/steps/rayInstall";
import { FakeMachine } from "../../support/fakeMachine";

const image = { version: "2.60.0", python: "3.11", install: { kind: "image", rayBinDirectory: "/opt/ray/bin" } } as const;
const wheel = { version: "2.60.0", python: "3.11", install: { kind: "wheel", packages: ["numpy<3"] as string[] } } as const;

/** A machine with the Pythons and the Ray named, on which `dnf` brings more. */
function machineWith(input: { pythons: readonly string[]; ray: string; afterInstall?: readonly string[] }): FakeMachine {
  let pythons = input.pythons;
  const machine = new FakeMachine((command) => {
    const [program = ""] = command;
    if (command[2]?.includes("importlib.metadata")) return { output: `${input.ray}\n` };
    if (command[2]?.includes("ensurepip")) return pythons.includes(program) ? { output: "3.11\n" } : { code: 127 };
    if (command[3]?.includes("dnf")) pythons = input.afterInstall ?? pythons;
    return undefined;
  });
  machine.folders.set("/opt/ray/bin/ray", 0o755).set(`${VENV}/bin/ray`, 0o755);
  return machine;
}

describe("parseRayVersion", () => {
  it.each([
    ["ray, version 2.60.0\n", "2.60.0"],
    ["2.60.0\n", "2.60.0"],
    ["a warning\n3.0.0.dev0\n", "3.0.0.dev0"],
    ["command not found", undefined],
  ])("reads %j as %s", (output, expected) => {
    expect(parseRayVersion(output)).toBe(expected);
  });
});

describe("pipRequirements", () => {
  it("pins Ray and adds the user's packages", () => {
    expect(pipRequirements(wheel)).toEqual(["ray[default]==2.60.0", "numpy<3"]);
  });
});

describe("provideRay", () => {
  it("uses the image's Ray when it is the right one", async () => {
    expect(await provideRay(machineWith({ pythons: [], ray: "2.60.0" }), image, {})).toBe("/opt/ray/bin");
  });

  it("refuses an image with another Ray", async () => {
    await expect(provideRay(machineWith({ pythons: [], ray: "2.59.0" }), image, {})).rejects.toThrow(
      "ray.version: the machine has another; got 2.59.0 in /opt/ray/bin; expected 2.60.0.",
    );
  });

  it("refuses an image without Ray, with what the machine said", async () => {
    const machine = new FakeMachine(() => ({ code: 127, output: "spawn ENOENT\n" }));
    await expect(provideRay(machine, image, {})).rejects.toThrow("/opt/ray/bin/ray --version: ended with code 127: spawn ENOENT");
  });

  it("installs the wheel into a virtual environment, once", async () => {
    const machine = machineWith({ pythons: ["/usr/bin/python3.11"], ray: "2.60.0" });
    expect(await provideRay(machine, wheel, { PIP_INDEX_URL: "x" })).toBe(`${VENV}/bin`);
    const pip = machine.commands.find(({ command }) => command.includes("pip"));
    expect(pip?.command.slice(-2)).toEqual(["ray[default]==2.60.0", "numpy<3"]);
    expect(pip?.options.environment).toEqual({ PIP_INDEX_URL: "x" });
    const before = machine.commands.length;
    await provideRay(machine, wheel, {});
    expect(machine.lines().slice(before).join("\n")).not.toContain("pip");
  });

  it("installs again when the packages changed", async () => {
    const machine = machineWith({ pythons: ["python3.11"], ray: "2.60.0" });
    await provideRay(machine, wheel, {});
    await provideRay(machine, { ...wheel, install: { kind: "wheel", packages: [] } }, {});
    expect(machine.commands.filter(({ command }) => command.includes("pip"))).toHaveLength(2);
  });

  it("brings the Python when it is missing and may", async () => {
    const machine = machineWith({ pythons: [], ray: "2.60.0", afterInstall: ["python3.11"] });
    await provideRay(machine, wheel, {});
    expect(machine.eventNames()).toContain("python-install");
  });

  it("says that there is no such Python when it may not bring one", async () => {
    const machine = machineWith({ pythons: [], ray: "2.60.0" });
    machine.isRoot = false;
    await expect(provideRay(machine, wheel, {})).rejects.toThrow("ray.python: is not on the machine; got no python3.11 with venv");
  });
});
