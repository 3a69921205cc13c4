/** Letters to insert, delete, change or swap to turn one word into the other; case, dashes, dots and underscores do not count. */
function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      const choices = [(previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (previous[column - 1] ?? 0) + (same ? 0 : 1)];
      const swapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) {
        choices.push((beforePrevious[column - 2] ?? 0) + 1);
      }
      current.push(Math.min(...choices));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_.]/g, "");
}

/**
 * The word a person most likely meant.
 *
 * @returns the candidate with the fewest letters wrong, at most a third of the word (two at least); undefined when none is that near.
 * Equally near candidates: the first in alphabetical order.
 */
export function nearestKey(written: string, candidates: readonly string[]): string | undefined {
  const wanted = plain(written);
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(wanted, plain(candidate)) }))
    .filter(({ candidate, distance }) => distance <= limit && distance < Math.max(wanted.length, candidate.length))
    .sort((left, right) => left.distance - right.distance || (left.candidate < right.candidate ? -1 : 1));
  return ranked[0]?.candidate;
}
