/** One line of a table with a header: column name → text. */
export interface CsvRow {
  /** In the file, the header being line 1. */
  readonly line: number;
  readonly cells: ReadonlyMap<string, string>;
}

/** Reads comma-separated lines with a header. Quotes have no meaning: no trace needs them. Empty lines and lines that start with `#` are left out. */
export function parseCsv(text: string): { readonly columns: readonly string[]; readonly rows: readonly CsvRow[] } {
  const lines = text
    .split(/\r?\n/)
    .map((content, index) => ({ content, line: index + 1 }))
    .filter(({ content }) => content.trim() !== "" && !content.startsWith("#"));
  const columns = (lines[0]?.content ?? "").split(",").map((name) => name.trim());
  const rows = lines.slice(1).map(({ content, line }) => {
    const cells = content.split(",");
    return { line, cells: new Map(columns.map((name, position) => [name, (cells[position] ?? "").trim()])) };
  });
  return { columns, rows };
}
