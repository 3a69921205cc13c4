import { InputError, inputError, messageOf } from "../inputError";

/** Reads records; a path that cannot be read, or is packed and broken, is a mistake of the input. */
export function withReadErrors<T>(option: string, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError || typeof (error as NodeJS.ErrnoException).code !== "string") throw error;
    throw inputError({
      path: option,
      problem: "cannot be read",
      got: JSON.stringify(path),
      expected: "a folder or file of the agent's records",
      fix: `${messageOf(error)}.`,
    });
  }
}
