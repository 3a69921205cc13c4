/** Numbers of a version: `[2, 52, 0]`. */
export type ReleaseVersion = readonly number[];

/**
 * Reads `2.52.0`, `v1.7.0` or `2.9.0rc1`, as the operator does: two numbers at least, none with a 0 before it, and what follows them does not count. Undefined where there
 * are none.
 */
export function parseReleaseVersion(text: string): ReleaseVersion | undefined {
  const numbers = /^\s*v?(\d{1,9}(?:\.\d{1,9})+)/.exec(text)?.[1]?.split(".");
  return numbers?.every((number) => number === String(Number(number))) === true ? numbers.map(Number) : undefined;
}

/** True when the first is older; missing numbers are 0. */
export function isOlder(one: ReleaseVersion, other: ReleaseVersion): boolean {
  const differing = Array.from({ length: Math.max(one.length, other.length) }, (_, index) => (one[index] ?? 0) - (other[index] ?? 0)).find(
    (difference) => difference !== 0,
  );
  return differing !== undefined && differing < 0;
}

/** True when a release of KubeRay is older than another; false where either cannot be read. */
export function isOlderRelease(one: string, other: string): boolean {
  const [left, right] = [parseReleaseVersion(one), parseReleaseVersion(other)];
  return left !== undefined && right !== undefined && isOlder(left, right);
}
