/** A map without the keys that have no value. */
export function withoutAbsent<Map extends object>(map: Map): { readonly [Key in keyof Map]?: Exclude<Map[Key], undefined> } {
  const present = Object.entries(map).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { readonly [Key in keyof Map]?: Exclude<Map[Key], undefined> };
}
