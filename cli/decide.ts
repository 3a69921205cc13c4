import { parseArgs } from "node:util";
import { decide } from "../autoscaler-agent/decide/decide";
import { parseDecisionRequest } from "../autoscaler-agent/decide/parseDecisionRequest";
import type { Command } from "./command";
import { required } from "./flags";
import { InputError, messageOf, readInputFile, withInputErrors } from "./inputError";

const standardInput = 0;

/** `rayfleet decide`: what the agent would do about a request, as JSON. */
export const decideCommand: Command = {
  name: "decide",
  usage: "decide --request FILE|-",
  purpose: "say which nodes to launch and to drain for a request, and why",
  run: (args) => withInputErrors(() => runDecide(args)),
};

function runDecide(args: readonly string[]): string {
  const parsed = parseDecisionRequest(readJson(readText(requestFile(args))));
  if (parsed.ok) return JSON.stringify(decide(parsed.request), null, 2);
  const [first, ...others] = parsed.problems;
  throw new InputError(first, others);
}

/** Errors of the command's own form have no path: those who call it by program look for paths of the request. */
function requestFile(args: readonly string[]): string {
  const options = { request: { type: "string" } } as const;
  try {
    const { request } = parseArgs({ args: [...args], options, allowPositionals: false }).values;
    return required("--request", request, "a file, or - for standard input");
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({
      path: "",
      message: `arguments: cannot be used; got ${args.join(" ")}; expected --request FILE|-. ${messageOf(error)}`,
    });
  }
}

function readText(file: string): string {
  return readInputFile("--request", file, file === "-" ? standardInput : file).toString("utf8");
}

/** The one key that JavaScript does not keep as a key: what it says would be lost on the way. */
const LOST_KEY = '"__proto__"';

function readJson(text: string): unknown {
  if (text.includes(LOST_KEY)) {
    throw new InputError({
      path: "",
      message: `request: a name cannot be used; got ${LOST_KEY}; expected any other. Rename the resource or label.`,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError({
      path: "",
      message: `request: is not JSON; got ${text.length} characters; expected one JSON object. ${messageOf(error)}.`,
    });
  }
}
