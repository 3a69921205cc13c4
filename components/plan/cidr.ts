/** A block of IPv4 addresses. */
export interface Cidr {
  /** First address, as a number. */
  readonly base: number;
  /** Leading bits that are the same in the whole block, 0 to 32. */
  readonly prefix: number;
}

function addressText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** How many addresses the block has. */
export function cidrSize(block: Cidr): number {
  return 2 ** (32 - block.prefix);
}

/** Reads `10.80.0.0/16`; bits behind the prefix are kept in `base`, see {@link canonicalCidr}. The text must have that form already. */
export function parseCidr(text: string): Cidr {
  const [address = "", prefix = ""] = text.split("/");
  const base = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return { base, prefix: Number(prefix) };
}

/** `10.80.0.0/16`. */
export function formatCidr(block: Cidr): string {
  return `${addressText(block.base)}/${block.prefix}`;
}

/** The same block written from its first address: `10.80.0.1/16` → `10.80.0.0/16`. */
export function canonicalCidr(text: string): string {
  const block = parseCidr(text);
  return formatCidr({ base: block.base - (block.base % cidrSize(block)), prefix: block.prefix });
}

/** Whether the two blocks share an address. */
export function cidrsOverlap(left: Cidr, right: Cidr): boolean {
  return left.base < right.base + cidrSize(right) && right.base < left.base + cidrSize(left);
}
