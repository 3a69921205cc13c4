import { readFile, stat } from "node:fs/promises";

/** Everybody's and the group's rights. */
const OTHERS = 0o077;

/** A token that everybody on the machine may read: it is used, and it is said. */
export type TokenWarning = (text: string) => void;

/**
 * The Ray token of a file.
 *
 * @param warn called when others than its owner may read or write it: who has the token may run anything on the cluster. Not refused, for without it the agent
 * could not end what costs money.
 * @throws what the file system says when it cannot be read; an Error when it is empty.
 */
export async function readTokenFile(path: string, warn: TokenWarning): Promise<string> {
  const [token, { mode }] = await Promise.all([readFile(path, "utf8").then((text) => text.trim()), stat(path)]);
  if (token === "") {
    throw new Error(`${path}: is empty; expected the Ray token`);
  }
  if ((mode & OTHERS) !== 0) {
    warn(
      `${path}: has mode ${(mode & 0o777).toString(8).padStart(4, "0")}; expected 0600: whoever reads it may run anything on the cluster. chmod 600 ${path}`,
    );
  }
  return token;
}
