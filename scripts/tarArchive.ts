/** One regular file of an archive. */
export interface TarFile {
  /** At most 100 bytes of ASCII. */
  readonly name: string;
  readonly content: Buffer;
}

const BLOCK_BYTES = 512;

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}

function headerOf(file: TarFile): Buffer {
  if (!/^[\x20-\x7e]{1,100}$/.test(file.name)) {
    throw new RangeError(
      `archive: file name does not fit; got ${JSON.stringify(file.name)}; expected 1 to 100 ASCII characters. Shorten it.`,
    );
  }
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(file.name, 0, "ascii");
  header.write(octal(0o644, 8), 100, "ascii");
  header.write(octal(0, 8), 108, "ascii");
  header.write(octal(0, 8), 116, "ascii");
  header.write(octal(file.content.length, 12), 124, "ascii");
  header.write(octal(0, 12), 136, "ascii");
  header.write(" ".repeat(8), 148, "ascii");
  header.write("0", 156, "ascii");
  header.write("ustar\0", 257, "ascii");
  header.write("00", 263, "ascii");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "ascii");
  return header;
}

/**
 * A tar archive (ustar) whose bytes depend on names and contents alone: owner 0, time 0, files in name order.
 *
 * @throws RangeError when a name does not fit
 */
export function tarArchive(files: readonly TarFile[]): Buffer {
  const ordered = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts = ordered.flatMap((file) => {
    const padding = (BLOCK_BYTES - (file.content.length % BLOCK_BYTES)) % BLOCK_BYTES;
    return [headerOf(file), file.content, Buffer.alloc(padding)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)]);
}
