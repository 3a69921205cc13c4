/** Longer texts are cut, in characters: enough for a sentence with a few long names. */
const LONGEST = 500;

/** So many entries of a list are shown; the rest are counted. Who submits work decides how long these lists are. */
const MOST_ENTRIES = 100;

/** Controls, invisible formatting such as a change of direction, line separators, halves of characters: all that could move what stands around it. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** What nearly all texts are made of. */
const plain = /^[\x20-\x7e]*$/;

/**
 * Text that came from Ray, from a job or from a machine, fit to be shown in a log, on a page or in a terminal: on one line, of bounded length, with what cannot be
 * seen written out (`\u{1b}`).
 */
export function shownText(text: string): string {
  // Cut first: a name of many megabytes is not to be searched through in every tick.
  if (text.length <= LONGEST && plain.test(text)) return text;
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
  return cut.replace(unprintable, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** A list as texts: its first hundred entries, and how many more there are. */
export function shownList<Entry>(entries: readonly Entry[], text: (entry: Entry) => string): string[] {
  const rest = entries.length - MOST_ENTRIES;
  return [...entries.slice(0, MOST_ENTRIES).map(text), ...(rest > 0 ? [`and ${rest} more`] : [])];
}

/** The same value with all of its texts fit to be shown. */
export function shown<Value>(value: Value): Value {
  if (typeof value === "string") return shownText(value) as Value;
  if (Array.isArray(value)) return value.map(shown) as Value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [shownText(key), shown(entry)])) as Value;
}
