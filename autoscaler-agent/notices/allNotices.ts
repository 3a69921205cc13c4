import type { AgentConfig } from "../../contract/agentConfig";
import { mostPressing, type NoticesObservation } from "../decide/tick/machineNotices";
import type { KnownMachines, NoticeSource } from "./noticeSource";

/** What several sources tell, as one. Of what they say about one machine the most pressing counts; a source that cannot be read takes nothing from the others. */
export class AllNotices implements NoticeSource {
  readonly #sources: readonly NoticeSource[];

  constructor(sources: readonly NoticeSource[]) {
    this.#sources = sources;
  }

  async read(place: AgentConfig["notices"], machines: KnownMachines, signal: AbortSignal): Promise<NoticesObservation> {
    const heard = await Promise.all(this.#sources.map(async (source) => await source.read(place, machines, signal)));
    const problems = heard.flatMap(({ problem }) => problem ?? []);
    return {
      notices: mostPressing(heard.flatMap(({ notices }) => [...notices.values()])),
      ...(problems.length === 0 ? {} : { problem: problems.join("; ") }),
      droppedCount: heard.reduce((sum, { droppedCount }) => sum + droppedCount, 0),
    };
  }
}
