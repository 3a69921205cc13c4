/** A square matrix, row after row. */
export interface SquareMatrix {
  readonly size: number;
  readonly cells: Float64Array;
}

export function zeroMatrix(size: number): SquareMatrix {
  return { size, cells: new Float64Array(size * size) };
}

/** Rows whose sums are made together: as none waits for another, that is several times as fast as row after row. */
const rowsAtOnce = 4;

/** Two matrices of so many columns, row after row, and a weight for each row of the right one. */
export interface RowFactors {
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly width: number;
  readonly weights: Float64Array;
}

/**
 * Subtracts from the cells (`places[i]`, `places[j]`) the product of row i of `left` with row j of `right`, times the weight of j, in place and in the
 * lower half alone. `places` ascend.
 */
export function subtractProduct(matrix: SquareMatrix, places: Int32Array, factors: RowFactors): void {
  for (let row = 0; row < places.length; row += rowsAtOnce) {
    const isWhole = row + rowsAtOnce <= places.length;
    if (isWhole) subtractFromFour(matrix, places, { ...factors, row });
    for (let one = row; one < Math.min(places.length, row + rowsAtOnce); one += 1) {
      subtractFromOne(matrix, places, { ...factors, row: one, from: isWhole ? row : 0 });
    }
  }
}

/** In four rows, all columns before the first of them. */
function subtractFromFour(
  { size, cells }: SquareMatrix,
  places: Int32Array,
  { left, right, width, weights, row }: RowFactors & { row: number },
): void {
  const start = row * width;
  const one = (places[row] ?? 0) * size;
  const two = (places[row + 1] ?? 0) * size;
  const three = (places[row + 2] ?? 0) * size;
  const four = (places[row + 3] ?? 0) * size;
  for (let column = 0; column < row; column += 1) {
    let sumOne = 0;
    let sumTwo = 0;
    let sumThree = 0;
    let sumFour = 0;
    for (let i = 0; i < width; i += 1) {
      const factor = right[column * width + i] ?? 0;
      sumOne += (left[start + i] ?? 0) * factor;
      sumTwo += (left[start + width + i] ?? 0) * factor;
      sumThree += (left[start + 2 * width + i] ?? 0) * factor;
      sumFour += (left[start + 3 * width + i] ?? 0) * factor;
    }
    const weight = weights[column] ?? 0;
    const place = places[column] ?? 0;
    cells[one + place] = (cells[one + place] ?? 0) - sumOne * weight;
    cells[two + place] = (cells[two + place] ?? 0) - sumTwo * weight;
    cells[three + place] = (cells[three + place] ?? 0) - sumThree * weight;
    cells[four + place] = (cells[four + place] ?? 0) - sumFour * weight;
  }
}

function subtractFromOne(
  { size, cells }: SquareMatrix,
  places: Int32Array,
  { left, right, width, weights, row, from }: RowFactors & { row: number; from: number },
): void {
  const start = (places[row] ?? 0) * size;
  for (let column = from; column <= row; column += 1) {
    let sum = 0;
    for (let i = 0; i < width; i += 1) sum += (left[row * width + i] ?? 0) * (right[column * width + i] ?? 0);
    const cell = start + (places[column] ?? 0);
    cells[cell] = (cells[cell] ?? 0) - sum * (weights[column] ?? 0);
  }
}

/** The inverse, by elimination with the largest pivots; undefined when there is none. For a few rows only. */
export function inverseOf({ size, cells }: SquareMatrix): SquareMatrix | undefined {
  const left = cells.slice();
  const inverse = zeroMatrix(size);
  for (let i = 0; i < size; i += 1) inverse.cells[i * size + i] = 1;
  for (let column = 0; column < size; column += 1) {
    let pivotRow = column;
    for (let row = column + 1; row < size; row += 1) {
      if (Math.abs(left[row * size + column] ?? 0) > Math.abs(left[pivotRow * size + column] ?? 0)) pivotRow = row;
    }
    const pivot = left[pivotRow * size + column] ?? 0;
    if (!(Math.abs(pivot) > 0)) return undefined;
    for (const matrix of [left, inverse.cells]) {
      swapRows(matrix, size, [column, pivotRow]);
      for (let i = 0; i < size; i += 1) matrix[column * size + i] = (matrix[column * size + i] ?? 0) / pivot;
    }
    for (let row = 0; row < size; row += 1) {
      const factor = row === column ? 0 : (left[row * size + column] ?? 0);
      if (factor === 0) continue;
      for (const matrix of [left, inverse.cells]) subtractRow(matrix, size, { row, from: column, factor });
    }
  }
  return inverse;
}

function swapRows(cells: Float64Array, size: number, [one, other]: readonly [number, number]): void {
  if (one === other) return;
  for (let i = 0; i < size; i += 1) {
    const kept = cells[one * size + i] ?? 0;
    cells[one * size + i] = cells[other * size + i] ?? 0;
    cells[other * size + i] = kept;
  }
}

function subtractRow(cells: Float64Array, size: number, { row, from, factor }: { row: number; from: number; factor: number }): void {
  for (let i = 0; i < size; i += 1) cells[row * size + i] = (cells[row * size + i] ?? 0) - factor * (cells[from * size + i] ?? 0);
}

/** Pivots smaller than this part of their diagonal are noise. */
const leastPivot = 1e-13;

/**
 * Turns a symmetric positive definite matrix, of which the lower half is given, into its lower Cholesky factor, in place.
 * A direction without curvature is held still: its pivot becomes so large that nothing moves there.
 */
export function factorize(matrix: SquareMatrix): void {
  for (let first = 0; first < matrix.size; first += rowsAtOnce) {
    const isWhole = first + rowsAtOnce <= matrix.size;
    if (isWhole) factorizeFour(matrix, first);
    for (let row = first; row < Math.min(matrix.size, first + rowsAtOnce); row += 1) factorizeRow(matrix, row, isWhole ? first : 0);
  }
}

/** In four rows, all columns before the first of them. */
function factorizeFour({ size, cells }: SquareMatrix, row: number): void {
  const one = row * size;
  const two = one + size;
  const three = two + size;
  const four = three + size;
  for (let column = 0; column < row; column += 1) {
    const other = column * size;
    let sumOne = cells[one + column] ?? 0;
    let sumTwo = cells[two + column] ?? 0;
    let sumThree = cells[three + column] ?? 0;
    let sumFour = cells[four + column] ?? 0;
    for (let i = 0; i < column; i += 1) {
      const factor = cells[other + i] ?? 0;
      sumOne -= (cells[one + i] ?? 0) * factor;
      sumTwo -= (cells[two + i] ?? 0) * factor;
      sumThree -= (cells[three + i] ?? 0) * factor;
      sumFour -= (cells[four + i] ?? 0) * factor;
    }
    const pivot = cells[other + column] ?? 1;
    cells[one + column] = sumOne / pivot;
    cells[two + column] = sumTwo / pivot;
    cells[three + column] = sumThree / pivot;
    cells[four + column] = sumFour / pivot;
  }
}

/** The cells of one row from this column on. */
function factorizeRow({ size, cells }: SquareMatrix, row: number, from: number): void {
  const diagonal = cells[row * size + row] ?? 0;
  for (let column = from; column <= row; column += 1) {
    let sum = cells[row * size + column] ?? 0;
    for (let i = 0; i < column; i += 1) sum -= (cells[row * size + i] ?? 0) * (cells[column * size + i] ?? 0);
    if (column < row) cells[row * size + column] = sum / (cells[column * size + column] ?? 1);
    else cells[row * size + row] = sum > leastPivot * diagonal ? Math.sqrt(sum) : 1e100;
  }
}

/** Solves with the factor that `factorize` left. */
export function solveFactorized({ size, cells }: SquareMatrix, right: Float64Array): Float64Array {
  const solution = right.slice();
  for (let row = 0; row < size; row += 1) {
    let sum = solution[row] ?? 0;
    for (let i = 0; i < row; i += 1) sum -= (cells[row * size + i] ?? 0) * (solution[i] ?? 0);
    solution[row] = sum / (cells[row * size + row] ?? 1);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    let sum = solution[row] ?? 0;
    for (let i = row + 1; i < size; i += 1) sum -= (cells[i * size + row] ?? 0) * (solution[i] ?? 0);
    solution[row] = sum / (cells[row * size + row] ?? 1);
  }
  return solution;
}
