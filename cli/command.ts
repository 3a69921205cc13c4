/** What a verb of the `rayfleet` command ends with. */
export interface CommandResult {
  /** 0: done; 1: the input is wrong; 2: there is no such verb. `replay` ends with 1 for differences and 2 for wrong input. */
  readonly exitCode: number;
  /** For standard output. */
  readonly output: string;
}

/** One verb of the `rayfleet` command. */
export interface Command {
  readonly name: string;
  readonly usage: string;
  /** For the list of verbs, in a few words. */
  readonly purpose: string;
  run(args: readonly string[]): CommandResult | Promise<CommandResult>;
}
