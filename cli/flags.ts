import { type ParseArgsConfig, parseArgs } from "node:util";
import { inputError, messageOf } from "./inputError";

type Options = NonNullable<ParseArgsConfig["options"]>;

/**
 * The options of a verb.
 *
 * @param expected what may be given, for the message
 * @throws InputError for an option that the verb does not have, or a word too many
 */
export function readFlags<const T extends Options>(args: readonly string[], options: T, expected: string) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    throw inputError({ path: "arguments", problem: "cannot be used", got: args.join(" "), expected, fix: `${messageOf(error)}.` });
  }
}

/** The value of an option that must be there. @throws InputError without it */
export function required(option: string, value: string | undefined, what: string): string {
  if (value !== undefined) return value;
  throw inputError({ path: option, problem: "is missing", got: "nothing", expected: what, fix: "Name one." });
}
