import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { ARCHIVE_SIGNATURE, ASSET_SIGNATURE, SIGNATURE_KEY } from "../../pulumi-protocol/wire";

/** A file or text that a program hands over, as it travels: marked by a signature, content named by `hash`. */
interface WireAsset {
  readonly path?: string;
  readonly text?: string;
  readonly uri?: string;
  readonly assets?: unknown;
  readonly hash?: string;
}

/** True for a value that stands for a file, a text or an archive. */
export function isAsset(value: unknown): value is WireAsset {
  if (typeof value !== "object" || value === null) return false;
  const signature = (value as Record<string, unknown>)[SIGNATURE_KEY];
  return signature === ASSET_SIGNATURE || signature === ARCHIVE_SIGNATURE;
}

/**
 * The asset's bytes. A file archive is taken as it is, packed; a folder would have to be packed first and is refused.
 *
 * @throws Error for an archive of several assets, a folder, or a URI
 */
export async function assetBytes(asset: WireAsset): Promise<Buffer> {
  if (asset.text !== undefined) return Buffer.from(asset.text, "utf8");
  if (asset.path === undefined || asset.path === "")
    throw new Error("source: assets from a URI and archives of several assets are not in the emulator's table. Hand over one file.");
  if ((await stat(asset.path)).isDirectory())
    throw new Error(`source: is a folder; got "${asset.path}"; expected a file. Pack it before the program runs.`);
  return readFile(asset.path);
}

/**
 * The same value with every asset inside it made comparable and findable: its path absolute (programs write it relative to their folder),
 * and its `hash` computed, because two assets are the same when their content is.
 */
export async function resolveAssets(value: unknown, directory: string): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((item: unknown) => resolveAssets(item, directory)));
  if (isAsset(value)) return resolveAsset(value, directory);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(
    async ([key, inner]): Promise<[string, unknown]> => [key, await resolveAssets(inner, directory)],
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function resolveAsset(asset: WireAsset, directory: string): Promise<WireAsset> {
  const path = asset.path === undefined || asset.path === "" || isAbsolute(asset.path) ? asset.path : resolve(directory, asset.path);
  const placed = path === undefined ? asset : { ...asset, path };
  if (asset.hash !== undefined && asset.hash !== "") return placed;
  const bytes = await assetBytes(placed);
  return { ...placed, hash: createHash("sha256").update(bytes).digest("hex") };
}
