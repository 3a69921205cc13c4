import { type AgentConfig, agentConfigSchema } from "../contract/agentConfig";
import type { Clock } from "./clock";

const REFRESH_MS = 15_000;

/** What the configuration is read from. */
export interface ConfigSourceOptions {
  /** The text of the configuration, with a deadline of its own. */
  readonly fetch: (signal: AbortSignal) => Promise<string>;
  readonly clock: Clock;
}

/**
 * The agent's configuration, read again every 15 seconds while it runs. One that cannot be read or is broken changes nothing: the last good one stays,
 * and {@link ConfigSource.problem} says what is wrong.
 */
export class ConfigSource {
  readonly #options: ConfigSourceOptions;
  #config: AgentConfig | undefined;
  #problem: string | undefined;
  #readMs = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(options: ConfigSourceOptions) {
    this.#options = options;
  }

  /** What is wrong with the newest configuration; undefined: nothing. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** How often a new configuration could not be used. */
  get failures(): number {
    return this.#failures;
  }

  /** The newest good configuration, read anew when it is time; undefined until there was one. Throws only the signal's reason. */
  async current(signal: AbortSignal): Promise<AgentConfig | undefined> {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#config === undefined || nowMs - this.#readMs >= REFRESH_MS) {
      this.#readMs = nowMs;
      await this.#refresh(signal);
    }
    return this.#config;
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    try {
      this.#config = parseAgentConfig(await this.#options.fetch(signal));
      this.#problem = undefined;
    } catch (thrown) {
      signal.throwIfAborted();
      this.#problem = thrown instanceof Error ? thrown.message : String(thrown);
      this.#failures += 1;
    }
  }
}

/** A configuration that cannot be used, with all problems. */
export class AgentConfigError extends Error {
  override readonly name = "AgentConfigError";

  constructor(readonly problems: readonly string[]) {
    super(problems.join(" "));
  }
}

/**
 * The configuration in a text.
 *
 * @throws AgentConfigError with every problem, each as `<path>: <problem>; got <value>; expected <rule>. <what to do>.`
 */
export function parseAgentConfig(text: string): AgentConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AgentConfigError([
      'agentConfig: is not JSON; got something else; expected a JSON object. Run "pulumi up" to write it again.',
    ]);
  }
  const parsed = agentConfigSchema.safeParse(value);
  if (!parsed.success) {
    throw new AgentConfigError(
      parsed.error.issues.map((issue) => {
        const path = issue.path
          .reduce<string>((text, key) => text + (typeof key === "number" ? `[${key}]` : `.${String(key)}`), "")
          .slice(1);
        return `${path === "" ? "agentConfig" : path}: ${issue.message}; got ${valueAt(value, issue.path)}; expected the form of contract/agentConfig. Run "pulumi up" with the same release as the agent.`;
      }),
    );
  }
  return parsed.data;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): string {
  const found = path.reduce<unknown>(
    (part, key) => (typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined),
    value,
  );
  return (JSON.stringify(found) ?? "nothing").slice(0, 80);
}
