import type { Server } from "node:http";
import type { AgentConfig } from "../../contract/agentConfig";
import type { Clock } from "../clock";
import type { ConfigSource } from "../configSource";
import type { RayControl } from "../ray/rayControl";
import type { TickRecord } from "../tickRecord";
import { DecisionLog } from "./decisionLog";
import { decisionView } from "./decisionView";
import type { Heartbeat } from "./heartbeat";
import { DecisionHistory, type Health, startHttpServer, stopHttpServer } from "./httpServer";
import type { Log } from "./log";
import { Metrics } from "./metrics";
import { RayReporter } from "./rayReporter";

/** The agent counts as ill when no tick ended for so long, or for ten ticks, whichever is longer. */
const ILL_AFTER_MS = 30_000;

/** Receivers of the agent's reports. */
export interface ReportingOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly ray: RayControl;
  /** Absent: nobody looks for it. */
  readonly heartbeat?: Heartbeat;
  readonly configSource: ConfigSource;
  /** Keeps what was decided and from what, so that it can be asked about later. Absent: nothing is kept. */
  readonly recorder?: Recorder;
}

/** Where ticks are kept. */
export interface Recorder {
  /** Rejects when the tick was not kept. Takes half a second at most. */
  keep(record: TickRecord): Promise<void>;
  close(): Promise<void>;
}

/** Tells everybody what a tick did: Ray, Prometheus, the log, CloudWatch, the page. One receiver that fails keeps nothing from the others. */
export class Reporting {
  readonly #options: ReportingOptions;
  readonly #metrics = new Metrics();
  readonly #history = new DecisionHistory();
  readonly #decisionLog: DecisionLog;
  readonly #rayReporter: RayReporter;
  readonly #failing = new Set<string>();
  #server: { readonly at: string; readonly server: Server } | undefined;
  #configProblem: string | undefined;
  #lastTickMs: number;
  #tickMs = 2_000;

  constructor(options: ReportingOptions) {
    this.#options = options;
    this.#decisionLog = new DecisionLog(options.log);
    this.#rayReporter = new RayReporter(options.ray);
    this.#lastTickMs = options.clock.monotonicMs();
  }

  /** Says when a new configuration cannot be used, and when that is over. Serves the page and the metrics where the configuration says. */
  async configuration(config: AgentConfig | undefined): Promise<void> {
    const { problem, failures } = this.#options.configSource;
    this.#metrics.recordConfigFailures(failures);
    if (problem !== this.#configProblem) {
      this.#configProblem = problem;
      this.#options.log(
        problem === undefined ? "configuration-good" : "configuration-broken",
        problem === undefined ? {} : { problem, lastGoodKept: config !== undefined },
      );
    }
    if (config !== undefined) {
      this.#tickMs = config.tickSeconds * 1000;
      await this.#guard("http", () => this.#serve(config));
    }
  }

  /** Reports one tick. Throws nothing. */
  async tick(record: TickRecord, signal: AbortSignal): Promise<void> {
    this.#lastTickMs = this.#options.clock.monotonicMs();
    const told = this.#configProblem === undefined ? record : withConfigHold(record, this.#configProblem);
    await Promise.all([
      this.#guard("metrics", async () => this.#metrics.record(told)),
      this.#guard("log and page", async () => this.#show(told)),
      this.#guard("ray", () => this.#rayReporter.report(told, signal)),
      this.#guard("recorder", async () => await this.#options.recorder?.keep(told)),
      this.#guard("cloudwatch", async () => await this.#options.heartbeat?.beat(record.config, record.observation.nowMs, signal)),
    ]);
  }

  #show(record: TickRecord): void {
    const view = decisionView(record);
    this.#history.add(view);
    this.#decisionLog.write(view, record.observation.nowMs);
  }

  /** Whether the agent ticks. An agent whose Ray or cloud does not answer is well: it waits. */
  health(): Health {
    const silentMs = this.#options.clock.monotonicMs() - this.#lastTickMs;
    const limitMs = Math.max(ILL_AFTER_MS, 10 * this.#tickMs);
    if (silentMs > limitMs) {
      return {
        healthy: false,
        text: `no tick has ended for ${Math.round(silentMs / 1000)} s${this.#configProblem === undefined ? "" : `; ${this.#configProblem}`}`,
      };
    }
    return {
      healthy: true,
      text: this.#configProblem === undefined ? "ticking" : `ticking with the last good configuration; ${this.#configProblem}`,
    };
  }

  /** Stops serving and keeping. */
  async close(): Promise<void> {
    await this.#guard("recorder", async () => await this.#options.recorder?.close());
    await this.#closeServer();
  }

  async #closeServer(): Promise<void> {
    if (this.#server !== undefined) {
      await stopHttpServer(this.#server.server);
      this.#server = undefined;
    }
  }

  async #serve({ metrics: { host, port } }: AgentConfig): Promise<void> {
    const at = `${host}:${port}`;
    if (this.#server?.at === at) {
      return;
    }
    await this.#closeServer();
    const sources = { metrics: this.#metrics, history: this.#history, health: () => this.health() };
    this.#server = { at, server: await startHttpServer(sources, { host, port }) };
    this.#options.log("serving", { at });
  }

  async #guard(receiver: string, deliver: () => Promise<void>): Promise<void> {
    try {
      await deliver();
      if (this.#failing.delete(receiver)) {
        this.#options.log("report-delivered-again", { receiver });
      }
    } catch (thrown) {
      this.#metrics.recordReportError(receiver);
      // Said once, not with every tick.
      if (!this.#failing.has(receiver)) {
        this.#failing.add(receiver);
        this.#options.log("report-failed", { receiver, problem: thrown instanceof Error ? thrown.message : String(thrown) });
      }
    }
  }
}

function withConfigHold(record: TickRecord, problem: string): TickRecord {
  return { ...record, holds: [...record.holds, { code: "configuration-broken", text: `the last good configuration stays: ${problem}` }] };
}
