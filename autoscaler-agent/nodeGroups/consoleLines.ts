/** So many lines say what went wrong last, and a longer text belongs on nobody's page. In lines, and in characters of one line and of all. */
const MOST_LINES = 20;
const MOST_LETTERS_OF_LINE = 500;
const MOST_LETTERS = 2_048;

/** Colours and cursor movements that boot programs write to terminals. */
const terminalSequence = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");

/**
 * The last lines of a machine's console, oldest first, without empty ones. Whoever writes to the console decides what stands there: it is bounded here and made
 * printable where it is shown.
 */
export function consoleLines(text: string): readonly string[] {
  const lines = text
    .slice(-MOST_LINES * MOST_LETTERS_OF_LINE)
    .replace(terminalSequence, "")
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd().slice(0, MOST_LETTERS_OF_LINE))
    .filter((line) => line !== "")
    .slice(-MOST_LINES);
  let first = lines.length;
  for (let letters = 0; first > 0; first -= 1) {
    letters += lines[first - 1]?.length ?? 0;
    if (letters > MOST_LETTERS) break;
  }
  return lines.slice(first);
}
