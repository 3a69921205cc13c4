import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { decide } from "../autoscaler-agent/decide/decide";
import { parseDecisionRequest } from "../autoscaler-agent/decide/parseDecisionRequest";
import type { Command, CommandResult } from "./command";

const standardInput = 0;

/** `rayfleet decide`: what the agent would do about a request, as JSON. */
export const decideCommand: Command = {
  name: "decide",
  usage: "decide --request FILE|-",
  purpose: "say which nodes to launch and to drain for a request, and why",
  run: runDecide,
};

function runDecide(args: readonly string[]): CommandResult {
  const file = requestFile(args);
  if (typeof file !== "string") return file;
  const text = readText(file);
  if (typeof text !== "string") return text;
  const value = readJson(text);
  if ("exitCode" in value) return value;
  const parsed = parseDecisionRequest(value.json);
  if (parsed.ok) return { exitCode: 0, output: JSON.stringify(decide(parsed.request), null, 2) };
  const [first, ...others] = parsed.problems;
  return failure({ ...first, ...(others.length > 0 ? { others } : {}) });
}

function requestFile(args: readonly string[]): string | CommandResult {
  try {
    const { values } = parseArgs({ args: [...args], options: { request: { type: "string" } }, allowPositionals: false });
    if (values.request !== undefined) return values.request;
    return failure({
      path: "--request",
      message: "--request: is missing; got nothing; expected a file, or - for standard input. Name one.",
    });
  } catch (error) {
    return failure({
      path: "",
      message: `arguments: cannot be used; got ${args.join(" ")}; expected --request FILE|-. ${messageOf(error)}`,
    });
  }
}

function readText(file: string): string | CommandResult {
  try {
    return readFileSync(file === "-" ? standardInput : file, "utf8");
  } catch (error) {
    return failure({
      path: "--request",
      message: `--request: cannot be read; got "${file}"; expected a readable file. ${messageOf(error)}.`,
    });
  }
}

function readJson(text: string): { json: unknown } | CommandResult {
  try {
    return { json: JSON.parse(text) };
  } catch (error) {
    return failure({
      path: "",
      message: `request: is not JSON; got ${text.length} characters; expected one JSON object. ${messageOf(error)}.`,
    });
  }
}

function failure(error: { path: string; message: string; others?: readonly { path: string; message: string }[] }): CommandResult {
  return { exitCode: 1, output: JSON.stringify({ error }, null, 2) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
