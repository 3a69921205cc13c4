import { describe, expect, it } from "vitest";
import { parseMemoryBytes, readHardware } from "../../node-service/hardwareFacts";
import { FakeMachine } from "../support/fakeMachine";

const MEMINFO = "MemTotal:       16384 kB\nMemFree:        1 kB\n";

describe("parseMemoryBytes", () => {
  it("reads kibibytes", () => {
    expect(parseMemoryBytes(MEMINFO)).toBe(16 * 1024 * 1024);
  });

  it("does not take missing memory for none", () => {
    expect(() => parseMemoryBytes("")).toThrow("/proc/meminfo: has no MemTotal");
  });
});

describe("readHardware", () => {
  it.each<[string, string | undefined, object]>([
    ["nothing stated", undefined, { osMemoryBytes: 16_777_216 }],
    [
      "what the image states",
      '{"cpus":2,"memoryBytes":1000,"gpus":0}',
      { osMemoryBytes: 16_777_216, stated: { cpus: 2, memoryBytes: 1000, gpus: 0 } },
    ],
  ])("gives %s", async (_, text, expected) => {
    const machine = new FakeMachine();
    machine.store.set("/proc/meminfo", { text: MEMINFO, mode: 0o444 });
    if (text !== undefined) machine.store.set("/etc/rayfleet/hardware.json", { text, mode: 0o644 });
    expect(await readHardware(machine.files)).toEqual(expected);
  });

  it("refuses a statement that it does not understand", async () => {
    const machine = new FakeMachine();
    machine.store.set("/proc/meminfo", { text: MEMINFO, mode: 0o444 });
    machine.store.set("/etc/rayfleet/hardware.json", { text: '{"cpus":"many"}', mode: 0o644 });
    await expect(readHardware(machine.files)).rejects.toThrow("/etc/rayfleet/hardware.json: is not understood");
  });
});
