import { checkCommand } from "./check";
import type { Command, CommandResult } from "./command";
import { decideCommand } from "./decide";
import { explainCommand } from "./explain";
import { monitoringCommand } from "./monitoring";
import { pauseCommand, resumeCommand } from "./pause";
import { planCommand } from "./plan";
import { renderCommand } from "./render";
import { replayCommand } from "./replay";
import { simulateCommand } from "./simulate";

const commands: readonly Command[] = [
  checkCommand,
  decideCommand,
  planCommand,
  simulateCommand,
  explainCommand,
  replayCommand,
  pauseCommand,
  resumeCommand,
  renderCommand,
  monitoringCommand,
];

/** Runs the verb that the arguments name. Without one, or with `help`, it lists the verbs. */
export async function runCommand(args: readonly string[]): Promise<CommandResult> {
  const [name, ...rest] = args;
  const command = commands.find((one) => one.name === name);
  if (command !== undefined) return await command.run(rest);
  if (name === undefined || name === "help" || name === "--help") return { exitCode: 0, output: usage() };
  const message = `rayfleet: has no such verb; got "${name}"; expected one of ${commands.map((one) => one.name).join(", ")}. See rayfleet help.`;
  return { exitCode: 2, output: JSON.stringify({ error: { path: "", message } }, null, 2) };
}

function usage(): string {
  const width = Math.max(...commands.map((command) => command.usage.length));
  return ["rayfleet VERB", "", ...commands.map((command) => `  ${command.usage.padEnd(width)}  ${command.purpose}`)].join("\n");
}
