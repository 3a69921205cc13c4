import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inputError, messageOf } from "./inputError";

/** A file to write. */
export interface OutputFile {
  /** Below the folder that the user names; may have folders of its own. */
  readonly name: string;
  readonly text: string;
}

/**
 * Writes the files under `--output`.
 *
 * @returns their paths, one on each line
 * @throws InputError when the folder cannot be made or written to
 */
export function writeOutputFiles(directory: string, files: readonly OutputFile[]): string {
  try {
    for (const { name, text } of files) {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  } catch (error) {
    throw inputError({
      path: "--output",
      problem: "cannot be written",
      got: JSON.stringify(directory),
      expected: "a folder, or the name of one to be made",
      fix: `${messageOf(error)}.`,
    });
  }
  return files.map(({ name }) => join(directory, name)).join("\n");
}
