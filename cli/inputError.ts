import { readFileSync } from "node:fs";
import type { CommandResult } from "./command";

/** One mistake in what a user gave: where, and a sentence. */
export interface InputProblem {
  /** An option (`--trace`) or a place in a file (`groups[0].bootSeconds`). */
  readonly path: string;
  readonly message: string;
}

/** Input that cannot be used. Ends a command with exit code 1. */
export class InputError extends Error {
  override readonly name = "InputError";

  constructor(
    readonly problem: InputProblem,
    readonly others: readonly InputProblem[] = [],
  ) {
    super(problem.message);
  }
}

/** What an input problem says: where, what is wrong, what was found, what is right, what to do. */
interface InputFinding {
  readonly path: string;
  readonly problem: string;
  readonly got: string;
  readonly expected: string;
  readonly fix: string;
}

/** An input error in the form of all messages: `<path>: <problem>; got <value>; expected <rule>. <what to do>`. */
export function inputError({ path, problem, got, expected, fix }: InputFinding): InputError {
  return new InputError({ path, message: `${path}: ${problem}; got ${got}; expected ${expected}. ${fix}` });
}

/** Runs a verb; wrong input becomes `{error}` and exit code 1. Other errors are bugs and pass through. */
export async function withInputErrors(run: () => string | Promise<string>): Promise<CommandResult> {
  try {
    return { exitCode: 0, output: await run() };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { problem, others } = error;
    return { exitCode: 1, output: JSON.stringify({ error: { ...problem, ...(others.length > 0 ? { others } : {}) } }, null, 2) };
  }
}

/** The bytes of a file that an option names, or of an open one. @throws InputError when it cannot be read */
export function readInputFile(option: string, file: string, source: string | number = file): Buffer {
  try {
    return readFileSync(source);
  } catch (error) {
    throw inputError({
      path: option,
      problem: "cannot be read",
      got: JSON.stringify(file),
      expected: "a readable file",
      fix: `${messageOf(error)}.`,
    });
  }
}

/** The JSON in a file that an option names. @throws InputError when it is none */
export function readInputJson(option: string, file: string): unknown {
  const text = readInputFile(option, file).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw inputError({
      path: option,
      problem: "is not JSON",
      got: `${text.length} characters`,
      expected: "one JSON object",
      fix: `${messageOf(error)}.`,
    });
  }
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
