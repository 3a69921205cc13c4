import type { Clock, CommandOptions, CommandResult, MachineAccess } from "../../node-service/machineAccess";

/** A clock for the node service that moves when somebody sleeps. */
export class SleepingClock implements Clock {
  nowMs = 1_000_000;

  epochMs(): number {
    return this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  async sleep(seconds: number, signal: AbortSignal): Promise<void> {
    if (!signal.aborted) this.nowMs += seconds * 1000;
  }
}

export interface RecordedFile {
  readonly text: string;
  readonly mode: number;
}

/** Answers a command, or undefined for `ended with code 0` and no output. */
type Answer = (command: readonly string[], options: CommandOptions) => Partial<CommandResult> | undefined;

/** A machine in memory: its files are a map, its commands are answered by the test, and all that happened can be read. */
export class FakeMachine implements MachineAccess {
  readonly clock = new SleepingClock();
  readonly stopping = new AbortController();
  readonly stop = this.stopping.signal;
  readonly store = new Map<string, RecordedFile>();
  readonly folders = new Map<string, number>();
  readonly links = new Map<string, string>();
  readonly sizes = new Map<string, number>();
  readonly commands: { readonly command: readonly string[]; readonly options: CommandOptions }[] = [];
  readonly events: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  isRoot = true;

  constructor(private readonly answer: Answer = () => undefined) {}

  readonly log: MachineAccess["log"] = (event, fields = {}) => {
    this.events.push({ event, fields });
  };

  readonly shell: MachineAccess["shell"] = {
    run: async (command, options) => {
      this.commands.push({ command, options });
      return { code: 0, timedOut: false, output: "", ...this.answer(command, options) };
    },
  };

  readonly files: MachineAccess["files"] = {
    read: async (path) => this.store.get(path)?.text,
    write: async (path, text, mode) => {
      this.store.set(path, { text, mode });
    },
    makeFolder: async (path, mode) => {
      this.folders.set(path, mode);
    },
    remove: async (path) => {
      for (const name of [...this.store.keys()]) if (name === path || name.startsWith(`${path}/`)) this.store.delete(name);
    },
    exists: async (path) => this.store.has(path) || this.folders.has(path),
    list: async (folder) =>
      [...this.links.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1)),
    realPath: async (path) => this.links.get(path),
    totalBytes: async (path) => this.sizes.get(path),
  };

  /** The commands as single lines. */
  lines(): readonly string[] {
    return this.commands.map(({ command }) => command.join(" "));
  }

  eventNames(): readonly string[] {
    return this.events.map(({ event }) => event);
  }
}
