/** The same object with the first letter of every key raised, at any depth: how most EC2 structures differ from the provider's. */
export type PascalKeys<Value> = Value extends readonly (infer Item)[]
  ? PascalKeys<Item>[]
  : Value extends object
    ? { [Key in keyof Value as Capitalize<Key & string>]: PascalKeys<Value[Key]> }
    : Value;

/** Instance requirements, in which AWS writes units its own way. */
export const REQUIREMENT_NAMES: Readonly<Record<string, string>> = {
  acceleratorTotalMemoryMib: "AcceleratorTotalMemoryMiB",
  memoryGibPerVcpu: "MemoryGiBPerVCpu",
  memoryMib: "MemoryMiB",
  totalLocalStorageGb: "TotalLocalStorageGB",
  vcpuCount: "VCpuCount",
};

/**
 * Turns `{ volumeSize: 50 }` into `{ VolumeSize: 50 }`, at any depth. Some of the provider's booleans are texts, so that "not set" can be told
 * from false; `"true"` and `"false"` become booleans. Keys listed in `rename` get the given name instead.
 */
export function pascalKeys<Value>(value: Value, rename: Readonly<Record<string, string>> = {}): PascalKeys<Value> {
  return convert(value, rename) as PascalKeys<Value>;
}

function convert(value: unknown, rename: Readonly<Record<string, string>>): unknown {
  if (value === "true") return true;
  if (value === "false") return false;
  if (Array.isArray(value)) return value.map((item: unknown) => convert(item, rename));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [rename[key] ?? raise(key), convert(inner, rename)]));
}

function raise(key: string): string {
  return key.charAt(0).toUpperCase() + key.slice(1);
}
