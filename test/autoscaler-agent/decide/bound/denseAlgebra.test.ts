import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  factorize,
  inverseOf,
  type SquareMatrix,
  solveFactorized,
  subtractProduct,
} from "../../../../autoscaler-agent/decide/bound/denseAlgebra";

function times({ size, cells }: SquareMatrix, vector: Float64Array): Float64Array {
  return vector.map((_, row) => vector.reduce((sum, value, i) => sum + (cells[row * size + i] ?? 0) * value, 0));
}

function expectClose(one: Float64Array, other: Float64Array): void {
  one.forEach((value, i) => {
    expect(value).toBeCloseTo(other[i] ?? Number.NaN, 6);
  });
}

const size = 4;
const cells = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: size * size, maxLength: size * size });
const vector = fc
  .array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: size, maxLength: size })
  .map((values) => Float64Array.from(values));

/** A matrix times itself, and 1 on the diagonal: positive definite. */
const definite = cells.map((some): SquareMatrix => {
  const product = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      product[i * size + j] = i === j ? 1 : 0;
      for (let k = 0; k < size; k += 1)
        product[i * size + j] = (product[i * size + j] ?? 0) + (some[i * size + k] ?? 0) * (some[j * size + k] ?? 0);
    }
  }
  return { size, cells: product };
});

describe("inverseOf", () => {
  it("undoes the matrix", () => {
    fc.assert(
      fc.property(definite, vector, (matrix, given) => {
        const inverse = inverseOf(matrix);
        expect(inverse).toBeDefined();
        if (inverse !== undefined) expectClose(times(inverse, times(matrix, given)), given);
      }),
    );
  });

  it("looks for a pivot below one that is 0", () => {
    expect(inverseOf({ size: 2, cells: Float64Array.of(0, 1, 1, 0) })?.cells).toEqual(Float64Array.of(0, 1, 1, 0));
  });

  it("looks for it in later columns too, and takes none for a pivot that stands elsewhere", () => {
    const swapped = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 1, 0);
    expect(inverseOf({ size: 3, cells: swapped })?.cells).toEqual(swapped);
    const upper = Float64Array.of(1, 0, 0, 0, 0.5, 9, 0, 0, 1);
    expect([...(inverseOf({ size: 3, cells: upper })?.cells ?? [])]).toEqual([1, 0, 0, 0, 2, -18, 0, 0, 1]);
  });

  it("knows that there is none", () => {
    expect(inverseOf({ size: 2, cells: Float64Array.of(1, 2, 2, 4) })).toBeUndefined();
  });
});

describe("factorize and solveFactorized", () => {
  it("solve the equations", () => {
    fc.assert(
      fc.property(definite, vector, (matrix, given) => {
        const right = times(matrix, given);
        const factor = { size, cells: matrix.cells.slice() };
        factorize(factor);
        expectClose(solveFactorized(factor, right), given);
      }),
    );
  });

  it("take for no curvature what rounding leaves of a large diagonal, and not what is small as a whole", () => {
    const noise = { size: 2, cells: Float64Array.of(1e6, 0, 1e6, 1e6 + 1e-9) };
    factorize(noise);
    expect(noise.cells[3]).toBe(1e100);
    const small = { size: 1, cells: Float64Array.of(1e-20) };
    factorize(small);
    expect(small.cells[0]).toBeCloseTo(1e-10, 20);
  });

  it("leave the right-hand side as it is", () => {
    const right = Float64Array.of(8);
    expect([...solveFactorized({ size: 1, cells: Float64Array.of(2) }, right)]).toEqual([2]);
    expect([...right]).toEqual([8]);
  });

  it("hold still where there is no curvature", () => {
    const factor = { size: 2, cells: Float64Array.of(4, 0, 0, 0) };
    factorize(factor);
    expect([...solveFactorized(factor, Float64Array.of(8, 1))]).toEqual([2, expect.closeTo(0, 12)]);
  });
});

/** A matrix of any size of whole numbers, of which the lower half counts, and rows to take off: sums of whole numbers are exact in any order. */
const subtraction = fc.integer({ min: 1, max: 13 }).chain((rows) =>
  fc.record({
    places: fc.subarray(
      Array.from({ length: 15 }, (_, i) => i),
      { minLength: rows, maxLength: rows },
    ),
    left: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2 * rows, maxLength: 2 * rows }),
    right: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2 * rows, maxLength: 2 * rows }),
    weights: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: rows, maxLength: rows }),
  }),
);

describe("subtractProduct", () => {
  it("takes each product off its own cell of the lower half, whether rows come by fours or not", () => {
    fc.assert(
      fc.property(subtraction, ({ places, left, right, weights }) => {
        const matrix = { size: 15, cells: Float64Array.from({ length: 225 }, (_, i) => i) };
        const expected = matrix.cells.slice();
        places.forEach((row, i) => {
          places.slice(0, i + 1).forEach((column, j) => {
            const product = (left[2 * i] ?? 0) * (right[2 * j] ?? 0) + (left[2 * i + 1] ?? 0) * (right[2 * j + 1] ?? 0);
            expected[row * 15 + column] = row * 15 + column - product * (weights[j] ?? 0);
          });
        });
        const factors = { left: Float64Array.from(left), right: Float64Array.from(right), width: 2, weights: Float64Array.from(weights) };
        subtractProduct(matrix, Int32Array.from(places), factors);
        expect([...matrix.cells]).toEqual([...expected]);
      }),
    );
  });
});

describe("factorize by fours", () => {
  it("leaves the factor of matrices of any size", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 11 }),
        fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 121, maxLength: 121 }),
        (size, some) => {
          const lower = Float64Array.from({ length: size * size }, (_, at) => {
            const [row, column] = [Math.floor(at / size), at % size];
            return column > row ? 0 : column === row ? 1 + Math.abs(some[at] ?? 0) : (some[at] ?? 0);
          });
          const at = (row: number, column: number) => lower[row * size + column] ?? 0;
          const cells = lower.map((_, cell) => {
            const [row, column] = [Math.floor(cell / size), cell % size];
            return column > row
              ? 0
              : Array.from({ length: size }, (__, i) => at(row, i) * at(column, i)).reduce((sum, one) => sum + one, 0);
          });
          factorize({ size, cells });
          expectClose(cells, lower);
        },
      ),
    );
  });
});
