/** Steps from the outside in: a key, a list position, or `*` for every one. */
export type PropertyPath = readonly (string | number)[];

const SEGMENT = /\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g;

/** Reads a path as Pulumi writes it: `tags.note`, `rules[0].cidr`, `tags["a.b"]`, `rules[*].description`. */
export function parsePropertyPath(text: string): PropertyPath {
  return [...text.matchAll(SEGMENT)].map(([, quoted, index, key]) => {
    if (quoted !== undefined) return quoted.replaceAll(/\\(.)/g, "$1");
    if (index !== undefined) return index === "*" ? "*" : Number(index);
    return key ?? "";
  });
}

/** Writes a path as Pulumi does. */
export function formatPropertyPath(path: PropertyPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (/[.[\]"]/.test(step) || step === "") return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** True when one path leads to, or through, the other: a change of `a.b` touches `a` as well as `a.b.c`. */
export function pathsTouch(pattern: PropertyPath, path: PropertyPath): boolean {
  return pattern.every((step, index) => index >= path.length || step === "*" || path[index] === step);
}
