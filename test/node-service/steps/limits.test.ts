import { describe, expect, it } from "vitest";
import { parseOpenFileLimits, raiseOpenFiles } from "../../../node-service/steps/limits";
import { FakeMachine } from "../../support/fakeMachine";

function limitsText(soft: number | "unlimited", hard: number | "unlimited"): string {
  return `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}                ${hard}              files\n`;
}

/** A machine whose limits `prlimit` can raise up to `most`. */
function machineWith(soft: number, hard: number, most: number): FakeMachine {
  const machine = new FakeMachine((command) => {
    const limit = Number(/--nofile=(\d+)/.exec(command.join(" "))?.[1]);
    if (limit > most) return { code: 1, output: "prlimit: Operation not permitted" };
    machine.store.set("/proc/self/limits", { text: limitsText(limit, Math.max(limit, hard)), mode: 0o444 });
    return undefined;
  });
  machine.store.set("/proc/self/limits", { text: limitsText(soft, hard), mode: 0o444 });
  return machine;
}

describe("parseOpenFileLimits", () => {
  it.each([
    [1024, 524_288, { soft: 1024, hard: 524_288 }],
    ["unlimited", "unlimited", { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY }],
  ] as const)("reads %s and %s", (soft, hard, expected) => {
    expect(parseOpenFileLimits(limitsText(soft, hard))).toEqual(expected);
  });

  it("does not guess when the line is missing", () => {
    expect(() => parseOpenFileLimits("Max processes 1 1")).toThrow("has no line `Max open files`");
  });
});

describe("raiseOpenFiles", () => {
  const input = { processId: 7, sizeIsStated: false };

  it("changes nothing when there are enough", async () => {
    const machine = machineWith(65_535, 65_535, 0);
    await raiseOpenFiles(machine, input);
    expect(machine.lines()).toEqual([]);
  });

  it("raises its own limit to the hard one, so that Ray gets it", async () => {
    const machine = machineWith(1024, 524_288, 524_288);
    await raiseOpenFiles(machine, input);
    expect(machine.lines()).toEqual(["prlimit --pid 7 --nofile=524288:524288"]);
  });

  it("raises the hard limit too where that is allowed", async () => {
    const machine = machineWith(1024, 4096, 1_048_576);
    await raiseOpenFiles(machine, input);
    expect(machine.lines()).toEqual(["prlimit --pid 7 --nofile=65535:65535"]);
  });

  it("refuses a machine that stays below", async () => {
    await expect(raiseOpenFiles(machineWith(1024, 20_000, 20_000), input)).rejects.toThrow(
      "open files: the limit is too low; got 1024; expected 65535 or more.",
    );
  });

  it("takes what the host gives where the machine shows its host's limits, and says so", async () => {
    const machine = machineWith(1024, 20_000, 20_000);
    await raiseOpenFiles(machine, { ...input, sizeIsStated: true });
    expect(machine.lines().at(-1)).toBe("prlimit --pid 7 --nofile=20000:20000");
    expect(machine.events).toEqual([{ event: "open-files-low", fields: expect.objectContaining({ limit: 20_000, expected: 65_535 }) }]);
  });

  it("refuses even there when not even a small head would work", async () => {
    await expect(raiseOpenFiles(machineWith(1024, 2048, 2048), { ...input, sizeIsStated: true })).rejects.toThrow("open files");
  });
});
