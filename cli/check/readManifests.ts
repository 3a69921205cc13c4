import { type Document, isNode, LineCounter, parseAllDocuments } from "yaml";
import type { SpecPath } from "../../components/plan/specProblem";
import { type InputError, inputError, messageOf, readInputFile } from "../inputError";

const standardInput = 0;

/** One YAML document of a file. */
export interface ManifestDocument {
  /** As it was named; `-` for standard input. */
  readonly file: string;
  /** From 1. */
  readonly document: number;
  readonly value: unknown;
  /** The line, from 1, of what stands at a path; that of the nearest parent where nothing does. */
  lineOf(keys: SpecPath): number;
}

/** The documents of a file, `-` being standard input. @throws InputError for what cannot be read or is no YAML */
export function readManifests(file: string): readonly ManifestDocument[] {
  const text = readInputFile("FILE", file, file === "-" ? standardInput : file).toString("utf8");
  const lines = new LineCounter();
  const documents = reading(file, () => parseAllDocuments(text, { lineCounter: lines, logLevel: "error" }));
  return (Array.isArray(documents) ? (documents as readonly Document[]) : [])
    .map((document, index) => read(document, index + 1, file, lines))
    .filter(({ value }) => value !== null && value !== undefined);
}

function read(yaml: Document, document: number, file: string, lines: LineCounter): ManifestDocument {
  const [error] = yaml.errors;
  if (error !== undefined) throw notYaml(file, error);
  // What the document says twice by reference may be said again and again: the library stops at a hundred times.
  const value = reading(file, () => yaml.toJS() as unknown);
  return { file, document, value, lineOf: (keys) => lineOf(yaml, keys, lines) };
}

function reading<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw notYaml(file, error);
  }
}

function notYaml(file: string, error: unknown): InputError {
  const [message = ""] = messageOf(error).split("\n");
  return inputError({ path: file, problem: "is not YAML", got: message.replace(/:$/, ""), expected: "YAML documents", fix: "Correct it." });
}

function lineOf(yaml: Document, keys: SpecPath, lines: LineCounter): number {
  for (let length = keys.length; length > 0; length--) {
    const node: unknown = yaml.getIn(keys.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return lines.linePos(yaml.contents?.range?.[0] ?? 0).line;
}
