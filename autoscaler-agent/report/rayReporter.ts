import type { RayControl } from "../ray/rayControl";
import type { TickRecord } from "../tickRecord";
import { autoscalingReport, clusterConfigReport } from "./rayReport";

/** Ray forgets reports when its GCS starts anew, so they are sent again now and then without a change. */
const STATE_AGAIN_MS = 10_000;
const CONFIG_AGAIN_MS = 60_000;

/** Tells Ray what the agent does, so that `ray status` and the dashboard say the truth. Sends what has changed, and everything from time to time. */
export class RayReporter {
  readonly #ray: RayControl;
  #state = { text: "", sentMs: Number.NEGATIVE_INFINITY };
  #config = { text: "", sentMs: Number.NEGATIVE_INFINITY };

  constructor(ray: RayControl) {
    this.#ray = ray;
  }

  /** @throws RayError when Ray did not take it; the next tick sends it again. */
  async report(record: TickRecord, signal: AbortSignal): Promise<void> {
    const { ray, nowMs } = record.observation;
    if (ray.kind === "unknown") {
      return;
    }
    const state = autoscalingReport(record);
    const stateText = `${ray.snapshot.sessionName} ${JSON.stringify(state)}`;
    if (stateText !== this.#state.text || nowMs - this.#state.sentMs >= STATE_AGAIN_MS) {
      await this.#ray.reportState(state, signal);
      this.#state = { text: stateText, sentMs: nowMs };
    }
    const config = clusterConfigReport(record.config);
    const configText = `${ray.snapshot.sessionName} ${JSON.stringify(config)}`;
    if (configText !== this.#config.text || nowMs - this.#config.sentMs >= CONFIG_AGAIN_MS) {
      await this.#ray.reportConfig(config, signal);
      this.#config = { text: configText, sentMs: nowMs };
    }
  }
}
