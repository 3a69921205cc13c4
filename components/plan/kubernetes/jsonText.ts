function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, inOrder(entry)]));
}

/** A value as JSON, which is YAML too, with its keys in order, so that equal values give equal text. */
export function jsonText(value: unknown): string {
  return JSON.stringify(inOrder(value), undefined, 2);
}
