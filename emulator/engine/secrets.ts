import { SECRET_SIGNATURE, SIGNATURE_KEY } from "../../pulumi-protocol/wire";
import type { Properties } from "../provider/resourceType";

function isSecret(value: object): value is { value: unknown } {
  return (value as Record<string, unknown>)[SIGNATURE_KEY] === SECRET_SIGNATURE;
}

/** The same value with every secret mark, at any depth, taken off. */
function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return revealed(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
}

/** {@link revealed} for a set of properties. */
export function revealedProperties(properties: Properties): Properties {
  return revealed(properties) as Properties;
}

function holdsSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return isSecret(value) || Object.values(value).some(holdsSecret);
}

/** Names of the properties that are, or hold at any depth, a secret. */
export function secretKeys(properties: Properties): Set<string> {
  return new Set(Object.keys(properties).filter((key) => holdsSecret(properties[key])));
}

/** The properties with those named marked as secret, as Pulumi's programs and state know it. */
export function sealed(properties: Properties, keys: Iterable<string>): Properties {
  const result: Record<string, unknown> = { ...properties };
  for (const key of keys)
    if (result[key] !== undefined && !holdsSecret(result[key])) result[key] = { [SIGNATURE_KEY]: SECRET_SIGNATURE, value: result[key] };
  return result;
}

/** Shorter ones are not blotted out: they would take half of every text with them. */
const MIN_SECRET_LENGTH = 4;

/** Knows the secret texts of a run, so that nothing that is shown can hold one. */
export class SecretTexts {
  readonly #texts = new Set<string>();

  /** Remembers a text that must not be shown. */
  add(text: string): void {
    if (text.length >= MIN_SECRET_LENGTH) this.#texts.add(text);
  }

  /** Remembers every text under a secret mark, at any depth. */
  learn(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    if (isSecret(value)) this.#learnAll(value.value);
    else for (const inner of Object.values(value)) this.learn(inner);
  }

  /** The text with each secret replaced by `[secret]`, longest first. */
  redact(text: string): string {
    return [...this.#texts]
      .sort((left, right) => right.length - left.length)
      .reduce((shown, secret) => shown.replaceAll(secret, "[secret]"), text);
  }

  #learnAll(value: unknown): void {
    if (typeof value === "string") this.add(value);
    else if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) this.#learnAll(inner);
  }
}
