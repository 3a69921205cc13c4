import { describe, expect, it } from "vitest";
import { runSetupCommands } from "../../../node-service/steps/setupCommands";
import { FakeMachine } from "../../support/fakeMachine";

const environment = { MINE: "1" };

describe("runSetupCommands", () => {
  it("runs each in order, by sh -e, with the environment and a time limit", async () => {
    const machine = new FakeMachine();
    await runSetupCommands(machine, { commands: ["a", "b && c"], environment });
    expect(machine.commands.map(({ command }) => command)).toEqual([
      ["sh", "-e", "-c", "a"],
      ["sh", "-e", "-c", "b && c"],
    ]);
    expect(machine.commands[0]?.options).toMatchObject({ environment, logName: "setup", timeoutSeconds: 1800 });
  });

  it("runs them once per machine, and again when their text changed", async () => {
    const machine = new FakeMachine();
    await runSetupCommands(machine, { commands: ["a"], environment });
    await runSetupCommands(machine, { commands: ["a"], environment });
    expect(machine.commands).toHaveLength(1);
    await runSetupCommands(machine, { commands: ["a", "b"], environment });
    expect(machine.commands).toHaveLength(3);
  });

  it("stops at the first that fails, says which, and starts over the next time", async () => {
    let broken = true;
    const machine = new FakeMachine((command) => (command[3] === "b" && broken ? { code: 3, output: "one\ntwo\n" } : undefined));
    const input = { commands: ["a", "b", "c"], environment };
    await expect(runSetupCommands(machine, input)).rejects.toThrow("setupCommands[1]: ended with code 3: one | two");
    expect(machine.commands).toHaveLength(2);
    broken = false;
    await runSetupCommands(machine, input);
    expect(machine.commands).toHaveLength(5);
  });

  it("says that one took too long", async () => {
    const machine = new FakeMachine(() => ({ code: undefined, timedOut: true, output: "" }));
    await expect(runSetupCommands(machine, { commands: ["sleep 1d"], environment })).rejects.toThrow("setupCommands[0]: took too long");
  });
});
