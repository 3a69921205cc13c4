/** Result of one command. A command that fails is an answer, not an exception. */
export interface CommandResult {
  /** Exit code; 127 when there is no such program; undefined when a signal or the time limit ended it. */
  readonly code: number | undefined;
  readonly timedOut: boolean;
  /** The last 8,000 characters of standard output and standard error together. */
  readonly output: string;
}

export interface CommandOptions {
  /** The whole process group is killed after it. */
  readonly timeoutSeconds: number;
  /** Added to the service's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Name of the log file that gets all output, `<name>.log`; absent: the output is not kept. */
  readonly logName?: string;
  readonly input?: string;
}

/** Runs programs of the machine. */
export interface Shell {
  run(command: readonly string[], options: CommandOptions): Promise<CommandResult>;
}

/** The part of the file system that the steps use. Missing things are `undefined`, other trouble is thrown. */
export interface FileSystem {
  read(path: string): Promise<string | undefined>;
  /** Replaces the file as a whole; makes its folder. */
  write(path: string, text: string, mode: number): Promise<void>;
  makeFolder(path: string, mode: number): Promise<void>;
  remove(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  list(folder: string): Promise<readonly string[]>;
  /** The path with every link followed; undefined when it leads nowhere. */
  realPath(path: string): Promise<string | undefined>;
  /** Size of the file system that holds the path. */
  totalBytes(path: string): Promise<number | undefined>;
}

/** One JSON line on the console per event: the console of the machine and the journal are where a person looks first. */
export type Log = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface Clock {
  epochMs(): number;
  /** Never jumps; from an arbitrary start. */
  monotonicMs(): number;
  /** Resolves early, without error, when the signal is aborted. */
  sleep(seconds: number, signal: AbortSignal): Promise<void>;
}

/** All that the steps need of the machine they prepare; the tests put a machine of their own in its place. */
export interface MachineAccess {
  readonly shell: Shell;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the service is told to stop. */
  readonly stop: AbortSignal;
  /** True when the service may change the machine (user id 0). */
  readonly isRoot: boolean;
}

/** The last lines of a command's output, for a failure's reason. */
export function lastLines(output: string, count: number): string {
  const lines = output
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  return lines.slice(-count).join(" | ");
}

/** Lines that look like a reason; a crash of Ray ends with dozens of lines of stack, which tell a person nothing. */
const TELLING = /\b(?:error|exception|failed|fatal|cannot|refused|denied|timed out)\b|\b[A-Z]\w+(?:Error|Exception)\b|Check failed/i;

/** Stack frames, and what Ray writes as information. */
const NOISE = /\(\+0x[0-9a-f]+\)|\[state-dump\]| I \d+ \d+\]/;

/** What a program said of its end: the last lines that look like a reason, or simply the last. */
export function tellingLines(output: string, count: number): string {
  const telling = output.split("\n").filter((line) => TELLING.test(line) && !NOISE.test(line));
  return telling.length > 0 ? lastLines(telling.map((line) => line.slice(0, 400)).join("\n"), count) : lastLines(output, count);
}

/** `<command>: <how it ended>: <last lines>`. */
export function describeFailure(command: string, result: CommandResult): string {
  const end = result.timedOut ? "took too long" : result.code === undefined ? "was ended by a signal" : `ended with code ${result.code}`;
  const output = lastLines(result.output, 12);
  return output === "" ? `${command}: ${end}` : `${command}: ${end}: ${output}`;
}
