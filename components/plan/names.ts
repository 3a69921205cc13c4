/** 32 bits of FNV-1a in base 36: the same letters for the same text, everywhere. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash.toString(36).padStart(7, "0");
}

/**
 * Name of a child resource or cloud object of a cluster: `demo-worker-gpu`.
 *
 * The first part is the cluster's name, so that two clusters in one account never meet.
 */
export function childName(clusterName: string, ...parts: readonly string[]): string {
  return [clusterName, ...parts].join("-");
}

/**
 * A name cut to what a service allows, 32 characters unless told: the beginning stays readable and seven letters of a hash of the
 * whole keep it different from every other cut name.
 *
 * @throws RangeError when fewer than 9 characters are allowed
 */
export function boundedName(name: string, maxLength = 32): string {
  if (maxLength < 9) {
    throw new RangeError(`name: has no room for a hash; got ${maxLength} characters; expected 9 or more. Allow more.`);
  }
  if (name.length <= maxLength) {
    return name;
  }
  return `${name.slice(0, maxLength - 8).replace(/-+$/, "")}-${shortHash(name)}`;
}
