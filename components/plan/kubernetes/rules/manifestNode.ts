import { quoteValue, type SpecPath } from "../../specProblem";

/** A value of a manifest and where it stands. Reading what is not there, or is of another kind, gives a node without a value and never throws. */
export class ManifestNode {
  constructor(
    readonly value: unknown,
    readonly path: SpecPath = [],
  ) {}

  /** The value under a key of a map; keys that JavaScript gives every object do not count. */
  get(key: string): ManifestNode {
    const found = isMap(this.value) && Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    return new ManifestNode(found, [...this.path, key]);
  }

  at(...keys: readonly string[]): ManifestNode {
    return keys.reduce<ManifestNode>((node, key) => node.get(key), this);
  }

  /** Of a list; none where it is no list. */
  get items(): readonly ManifestNode[] {
    return Array.isArray(this.value) ? this.value.map((item, index) => new ManifestNode(item, [...this.path, index])) : [];
  }

  /** Of a map, in alphabetical order; none where it is no map. */
  get entries(): readonly ManifestEntry[] {
    const keys = isMap(this.value) ? Object.keys(this.value).sort() : [];
    return keys.map((key) => ({ key, node: this.get(key) }));
  }

  /** There, and not null. */
  get isSet(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get isMap(): boolean {
    return isMap(this.value);
  }

  /** The text that it is; empty where it is none. */
  get text(): string {
    return typeof this.value === "string" ? this.value : "";
  }

  get number(): number | undefined {
    return typeof this.value === "number" ? this.value : undefined;
  }

  get isTrue(): boolean {
    return this.value === true;
  }

  /** As it is quoted in a message; what lists and maps hold is not shown, because it may be long or secret. */
  get quoted(): string {
    if (Array.isArray(this.value)) return `a list of ${this.value.length}`;
    return isMap(this.value) ? "a map" : quoteValue(this.value ?? undefined);
  }
}

/** A key of a map and what stands under it. */
export interface ManifestEntry {
  readonly key: string;
  readonly node: ManifestNode;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
