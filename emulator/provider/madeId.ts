/**
 * The id in AWS's answer to a creation.
 *
 * @throws Error when there is none, which no service does that works
 */
export function madeId(id: string | undefined): string {
  if (id === undefined || id === "") throw new Error("AWS answered the creation without an id");
  return id;
}
