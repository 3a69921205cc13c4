import type { SpecPath } from "./specProblem";

/** A key of the specification as its schema describes it: the part of JSON Schema that is used here. */
export interface SpecKey {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  /** The form of a text in words. */
  readonly rule?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly properties?: Readonly<Record<string, SpecKey>>;
  readonly required?: readonly string[];
  readonly items?: SpecKey;
  readonly propertyNames?: SpecKey;
  readonly additionalProperties?: SpecKey | false;
  /** Kinds of values, of which one must fit. */
  readonly anyOf?: readonly SpecKey[];
  readonly const?: string | number | boolean;
}

function child(key: SpecKey, part: string | number): SpecKey | undefined {
  if (typeof part === "number") {
    return key.items;
  }
  return key.properties?.[part] ?? (key.additionalProperties || undefined);
}

/** The schema of the value at a path below a key, such as that of the whole; undefined where the specification has none. */
export function specKeyAt(root: SpecKey, path: SpecPath): SpecKey | undefined {
  return path.reduce<SpecKey | undefined>((key, part) => key && child(key, part), root);
}

/** The bounds that a person wrote, not those of the number format. */
function bounds(key: SpecKey): { readonly least?: number; readonly above?: number; readonly most?: number } {
  const written = (value: number | undefined): value is number => value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  const whole = key.type === "integer";
  const exclusive = key.exclusiveMinimum;
  return {
    ...(written(key.minimum) ? { least: key.minimum } : {}),
    ...(written(exclusive) ? (whole ? { least: exclusive + 1 } : { above: exclusive }) : {}),
    ...(written(key.maximum) ? { most: key.maximum } : {}),
  };
}

function describeNumber(key: SpecKey): string {
  const noun = key.type === "integer" ? "a whole number" : "a number";
  const { least, above, most } = bounds(key);
  if (above !== undefined) {
    return most === undefined ? `${noun} above ${above}` : `${noun} above ${above}, at most ${most}`;
  }
  if (least !== undefined) {
    return most === undefined ? `${noun}, ${least} or more` : `${noun} from ${least} to ${most}`;
  }
  return most === undefined ? noun : `${noun}, at most ${most}`;
}

function describeList(key: SpecKey): string {
  const { minItems, maxItems } = key;
  if (minItems !== undefined) {
    return maxItems === undefined ? `a list of ${minItems} or more` : `a list of ${minItems} to ${maxItems}`;
  }
  return maxItems === undefined ? "a list" : `a list of at most ${maxItems}`;
}

/** What may stand at a key, in words: `a whole number from 20 to 16384`, `one of wheel, image`. */
export function describeSpecKey(key: SpecKey): string {
  if (key.anyOf !== undefined) {
    return key.anyOf.map(describeSpecKey).join(", or ");
  }
  if (key.const !== undefined) {
    return String(key.const);
  }
  if (key.enum !== undefined) {
    return key.enum.length === 1 ? String(key.enum[0]) : `one of ${key.enum.join(", ")}`;
  }
  switch (key.type ?? "string") {
    case "integer":
    case "number":
      return describeNumber(key);
    case "boolean":
      return "true or false";
    case "array":
      return describeList(key);
    case "object":
      return "a mapping of keys to values";
    default:
      return key.rule ?? "text";
  }
}
