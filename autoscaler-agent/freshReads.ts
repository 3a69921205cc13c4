import type { AgentGroup } from "../contract/agentConfig";
import type { Clock } from "./clock";
import { agoMs, type Moment, momentOf } from "./moment";
import type { NodeGroupBackend, NodeGroupObservation } from "./nodeGroups/backend";

/** What other groups' reads brought along counts as read right before for so long, in milliseconds. */
const SHARED_FOR_MS = 2_000;

/** What a group looked like right before it is written to. */
export interface FreshRead {
  readonly observation: NodeGroupObservation;
  /** Before it was asked for. */
  readonly at: Moment;
}

interface SharedRead {
  readonly at: Moment;
  readonly answers: Promise<ReadonlyMap<string, NodeGroupObservation>>;
  /** Groups that may have been written to since. */
  readonly used: Set<string>;
}

/** Reads groups right before they are written to: all those of one tick with one call, because the cloud counts calls and not groups. */
export class FreshReads {
  readonly #ports: { readonly clock: Clock; readonly backend: NodeGroupBackend };
  readonly #groups: readonly AgentGroup[];
  #shared: SharedRead | undefined;

  /** @param groups those that are to be written to in this tick. */
  constructor(ports: { readonly clock: Clock; readonly backend: NodeGroupBackend }, groups: readonly AgentGroup[]) {
    this.#ports = ports;
    this.#groups = groups;
  }

  /** The group as it is now. What was read before is handed out once: the caller writes on it. */
  async of(group: AgentGroup, signal: AbortSignal): Promise<FreshRead> {
    const { clock, backend } = this.#ports;
    const known = this.#shared;
    const usable = known !== undefined && agoMs(clock, known.at) <= SHARED_FOR_MS && !known.used.has(group.groupName);
    const read = usable ? known : { at: momentOf(clock), answers: backend.describe(this.#groups, signal), used: new Set<string>() };
    this.#shared = read;
    const { at, answers } = read;
    read.used.add(group.groupName);
    const observation = (await answers).get(group.groupName);
    return {
      observation: observation ?? { kind: "unknown", error: { code: "unknown", message: "describe: gave no answer for the group" } },
      at,
    };
  }
}
