import { fromPlain, isPlainObject, listOf, type Plain, toPlain } from "./plainValue";

/** What tells two entries of a list apart, in the order in which it is looked for. Looks at a node's free resources are told apart by their time. */
const identityKeys = ["nodeId", "instanceId", "id", "atMs", "groupName"] as const;

/**
 * What must change in one value to make it the other; undefined: nothing. Two ticks of the agent differ in little, so this is far shorter than the other value.
 *
 * A difference is a {@link Plain} value: a list that begins with `o` (object), `m` (map), `a` (list) changes what is there, anything else replaces it (a list that
 * replaces stands behind `=`). `patched` makes the other value of it, exactly, the order of keys included.
 */
export function difference(before: unknown, after: unknown): Plain | undefined {
  if (Object.is(before, after)) return undefined;
  if (Array.isArray(before) && Array.isArray(after)) return listDifference(before, after);
  if (before instanceof Map && after instanceof Map && haveTextKeys(before) && haveTextKeys(after)) {
    return keyedDifference("m", mapEntries(before), mapEntries(after));
  }
  if (isPlainObject(before) && isPlainObject(after)) return keyedDifference("o", objectEntries(before), objectEntries(after));
  return replacement(after);
}

/**
 * The value that `change` makes of `before`.
 *
 * @throws TypeError when the change does not belong to it
 */
export function patched(before: unknown, change: unknown): unknown {
  if (!Array.isArray(change)) return fromPlain(change);
  switch (change[0]) {
    case "=":
      return fromPlain(change[1]);
    case "o":
      if (!isPlainObject(before)) throw new TypeError("record: changes an object that is none");
      return Object.fromEntries(patchedEntries(new Map(Object.entries(before)), change));
    case "m":
      if (!(before instanceof Map)) throw new TypeError("record: changes a map that is none");
      return patchedEntries(before, change);
    case "a":
      return patchedList(listOf(before), change);
    default:
      throw new TypeError("record: has a change of a kind that this version does not know");
  }
}

function replacement(value: unknown): Plain {
  const plain = toPlain(value);
  return Array.isArray(plain) ? ["=", plain] : plain;
}

/** What an object and a map have in common. */
interface Entries {
  readonly keys: readonly string[];
  readonly has: (key: string) => boolean;
  readonly get: (key: string) => unknown;
}

function objectEntries(value: Readonly<Record<string, unknown>>): Entries {
  return { keys: Object.keys(value), has: (key) => Object.hasOwn(value, key), get: (key) => value[key] };
}

function mapEntries(value: ReadonlyMap<string, unknown>): Entries {
  return { keys: [...value.keys()], has: (key) => value.has(key), get: (key) => value.get(key) };
}

function haveTextKeys(map: ReadonlyMap<unknown, unknown>): map is ReadonlyMap<string, unknown> {
  for (const key of map.keys()) if (typeof key !== "string") return false;
  return true;
}

/** `[mark, [[key, change], …], [removed key, …], [all keys in order]]`; what is empty at the end is left out, and so is the order that comes about by itself. */
function keyedDifference(mark: "o" | "m", before: Entries, after: Entries): Plain | undefined {
  if (haveSameEntries(before.keys, after.keys)) return changesOnly(mark, before, after);
  const changes: Plain[] = [];
  const added: string[] = [];
  for (const key of after.keys) {
    const known = before.has(key);
    if (!known) added.push(key);
    const change = known ? difference(before.get(key), after.get(key)) : replacement(after.get(key));
    if (change !== undefined) changes.push([key, change]);
  }
  const removed = before.keys.filter((key) => !after.has(key));
  const order = [...before.keys.filter((key) => after.has(key)), ...added];
  const inOrder = haveSameEntries(order, after.keys);
  return [mark, changes, ...(inOrder && removed.length === 0 ? [] : [removed]), ...(inOrder ? [] : [after.keys])];
}

/** The common case without the book-keeping: most objects and maps of two ticks have the same keys. */
function changesOnly(mark: "o" | "m", before: Entries, after: Entries): Plain | undefined {
  const changes: Plain[] = [];
  for (const key of after.keys) {
    const change = difference(before.get(key), after.get(key));
    if (change !== undefined) changes.push([key, change]);
  }
  return changes.length === 0 ? undefined : [mark, changes];
}

function haveSameEntries(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  for (let position = 0; position < one.length; position += 1) if (one[position] !== other[position]) return false;
  return true;
}

function patchedEntries(before: ReadonlyMap<unknown, unknown>, change: readonly unknown[]): Map<string, unknown> {
  const entries = new Map(before) as Map<string, unknown>;
  for (const key of listOf(change[2] ?? [])) entries.delete(String(key));
  for (const pair of listOf(change[1])) {
    const [key, one] = listOf(pair);
    entries.set(String(key), patched(entries.get(String(key)), one));
  }
  if (change[3] === undefined) return entries;
  return new Map(listOf(change[3]).map((key) => [String(key), entries.get(String(key))]));
}

/** `[mark, [[position, change], …], layout]`; without a layout every entry is where it was. */
function listDifference(before: readonly unknown[], after: readonly unknown[]): Plain | undefined {
  const layout = haveSameIdentities(before, after) ? undefined : layoutOf(before, after);
  const changes: Plain[] = [];
  for (let position = 0; position < after.length; position += 1) {
    const source = layout === undefined ? position : layout.sources[position];
    const change = source === undefined ? undefined : difference(before[source], after[position]);
    if (change !== undefined) changes.push([position, change]);
  }
  if (layout !== undefined) return ["a", changes, layout.plain];
  return changes.length === 0 ? undefined : ["a", changes];
}

function haveSameIdentities(before: readonly unknown[], after: readonly unknown[]): boolean {
  if (before.length !== after.length) return false;
  for (let position = 0; position < before.length; position += 1) {
    if (identityOf(before[position]) !== identityOf(after[position])) return false;
  }
  return true;
}

/** Where the entries of a list come from: positions in the list before, undefined for new ones. */
interface Layout {
  readonly sources: readonly (number | undefined)[];
  /** `[first, count]` for a run of entries of the list before, `{ new }` for a new one. */
  readonly plain: readonly Plain[];
}

function layoutOf(before: readonly unknown[], after: readonly unknown[]): Layout {
  const places = new Map<string | number, number[]>();
  for (let position = before.length - 1; position >= 0; position -= 1) {
    const name = nameOf(before[position]);
    const known = places.get(name);
    if (known === undefined) places.set(name, [position]);
    else known.push(position);
  }
  const sources = after.map((entry) => places.get(nameOf(entry))?.pop());
  const plain: ([number, number] | { readonly new: Plain })[] = [];
  for (const [position, source] of sources.entries()) {
    const last = plain.at(-1);
    if (source === undefined) plain.push({ new: toPlain(after[position]) });
    else if (Array.isArray(last) && last[0] + last[1] === source) last[1] += 1;
    else plain.push([source, 1]);
  }
  return { sources, plain };
}

function patchedList(before: readonly unknown[], change: readonly unknown[]): unknown[] {
  const list =
    change[2] === undefined
      ? [...before]
      : listOf(change[2]).flatMap((part): readonly unknown[] => {
          if (!Array.isArray(part)) return [fromPlain(isPlainObject(part) ? part["new"] : part)];
          const [first, count] = [Number(part[0]), Number(part[1])];
          if (!(first >= 0 && count >= 1 && first + count <= before.length))
            throw new TypeError("record: takes entries that a list does not have");
          return before.slice(first, first + count);
        });
  for (const pair of listOf(change[1])) {
    const [position, one] = listOf(pair);
    if (!(Number(position) < list.length)) throw new TypeError("record: changes an entry that a list does not have");
    list[Number(position)] = patched(list[Number(position)], one);
  }
  return list;
}

function identityOf(entry: unknown): string | number | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  for (const key of identityKeys) {
    const value: unknown = Reflect.get(entry, key);
    if (typeof value === "string" || typeof value === "number") return value;
  }
  return undefined;
}

/** Entries without an identity are told apart by all that they are. */
function nameOf(entry: unknown): string | number {
  return identityOf(entry) ?? JSON.stringify(toPlain(entry));
}
