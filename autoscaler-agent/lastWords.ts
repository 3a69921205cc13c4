import type { Action } from "./decide/tick/actions";
import type { NodeGroupBackend } from "./nodeGroups/backend";

/** Machines that fail together fail alike: so many consoles of one tick are read. */
const MOST_READ = 3;

/**
 * What machines wrote to their consoles before they are ended, where they never said anything else: user data that did not run, no network, a kernel that
 * stopped. All that are to be read in a tick are read at once, when the first of them is about to be ended, so that no end waits for more than one read.
 */
export class LastWords {
  readonly #backend: NodeGroupBackend;
  readonly #instanceIds: readonly string[];
  #read: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

  /** @param actions those of one tick. */
  constructor(backend: NodeGroupBackend, actions: readonly Action[]) {
    this.#backend = backend;
    this.#instanceIds = actions.flatMap((action) => (isSilentEnd(action) ? [action.instanceId] : [])).slice(0, MOST_READ);
  }

  /** Empty for every other action, and where the cloud does not say. Throws only the signal's reason. */
  async before(action: Action, signal: AbortSignal): Promise<readonly string[]> {
    if (!isSilentEnd(action) || !this.#instanceIds.includes(action.instanceId)) return [];
    this.#read ??= this.#readAll(signal);
    return (await this.#read).get(action.instanceId) ?? [];
  }

  async #readAll(signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
    return new Map(await Promise.all(this.#instanceIds.map(async (id) => [id, await this.#backend.consoleTail(id, signal)] as const)));
  }
}

function isSilentEnd(action: Action): action is Extract<Action, { kind: "terminate" }> {
  return action.kind === "terminate" && action.cause.isSilent === true;
}
