const longestLabel = 63;
const longestPrefix = 253;
const dns1123Label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dns1035Label = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const qualifiedName = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Small letters, digits and dashes, at most 63. */
export function isDns1123Label(text: string): boolean {
  return text.length <= longestLabel && dns1123Label.test(text);
}

/** The same, beginning with a letter; how long it may be is another rule's business. */
export function isDns1035Label(text: string): boolean {
  return dns1035Label.test(text);
}

/** Names of such labels, joined by dots. */
function isDns1123Subdomain(text: string): boolean {
  return text.length <= longestPrefix && text.split(".").every((part) => dns1123Label.test(part));
}

/** A key of a label: `name` or `example.com/name`. */
export function isLabelKey(text: string): boolean {
  const [first = "", second, ...more] = text.split("/");
  const name = second ?? first;
  const prefixIsRight = second === undefined || isDns1123Subdomain(first);
  return more.length === 0 && prefixIsRight && name.length <= longestLabel && qualifiedName.test(name);
}

/** A value of a label; may be empty. */
export function isLabelValue(text: string): boolean {
  return text === "" || (text.length <= longestLabel && qualifiedName.test(text));
}
