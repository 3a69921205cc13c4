import type { ChangeCounts, EngineEvent, MessageEvent, Operation } from "./events";
import type { SecretTexts } from "./secrets";
import { nameOfUrn, typeOfUrn } from "./urn";

/** Tells the caller what happens, counts it, and makes sure that no secret is told. */
export class RunJournal {
  readonly #counts: Record<Operation, number> = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
  readonly #onEvent: (event: EngineEvent) => void;
  readonly secrets: SecretTexts;

  constructor(onEvent: (event: EngineEvent) => void, secrets: SecretTexts) {
    this.#onEvent = onEvent;
    this.secrets = secrets;
  }

  get counts(): ChangeCounts {
    return { ...this.#counts };
  }

  step(op: Operation, urn: string, { changed = [], startedAtMs }: { changed?: readonly string[]; startedAtMs?: number } = {}): void {
    this.#counts[op] += 1;
    const seconds = startedAtMs === undefined ? 0 : (performance.now() - startedAtMs) / 1000;
    this.#onEvent({ op, urn, type: typeOfUrn(urn), name: nameOfUrn(urn), changed, seconds });
  }

  say(severity: MessageEvent["severity"], text: string, urn = ""): void {
    this.#onEvent({ op: "log", severity, text: this.secrets.redact(text), urn });
  }
}
