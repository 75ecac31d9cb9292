/**
 * The reference device: a plain interpreter of recipes, one element at a time. Slow and obvious,
 * it is the oracle for the others.
 *
 * @module
 */
import { Block } from "../block.ts";
import type { Device, FamilyCall, TakePart } from "../device.ts";
import { type DType, DTYPES } from "../dtype.ts";
import type { BlockView } from "../node.ts";
import type { Plan } from "../plan.ts";
import { numelOf } from "../shape.ts";
import { counters, memoryUse } from "../stats.ts";
import { decode, encode, fit, reduceEmpty, reduceStep, stepValue, type Value } from "./evaluate.ts";
import { runFamily } from "./families.ts";

/** Memory of the reference device: an array buffer. */
export class ReferenceBlock extends Block {
  /** The bytes. */
  readonly bytes: ArrayBuffer;

  constructor(device: Device, nbytes: number) {
    super(device, nbytes);
    this.bytes = new ArrayBuffer(nbytes);
  }

  /** The elements, as the dtype stores them. */
  elements(dtype: DType): ReturnType<typeof decode>[] & ArrayLike<number | bigint> {
    const { array, itemSize } = DTYPES[dtype];
    return new array(
      this.bytes,
      0,
      Math.floor(this.nbytes / itemSize),
    ) as unknown as ReturnType<ReferenceBlock["elements"]>;
  }
}

class ReferenceDevice implements Device {
  readonly name = "reference";
  readonly info = {
    name: this.name,
    description: "plain interpreter",
    software: false,
    float64: true,
  } as const;
  readonly local = true;
  readonly #use = memoryUse.reference ??= { live: 0, peak: 0 };

  alloc(nbytes: number): Block {
    this.#use.live += nbytes;
    this.#use.peak = Math.max(this.#use.peak, this.#use.live);
    counters.buffers++;
    return new ReferenceBlock(this, nbytes);
  }

  free(block: Block): void {
    this.#use.live -= block.nbytes;
  }

  write(block: Block, byteOffset: number, bytes: Uint8Array): void {
    counters.bytesMoved += bytes.byteLength;
    new Uint8Array((block as ReferenceBlock).bytes).set(bytes, byteOffset);
  }

  readSync(block: Block, byteOffset: number, nbytes: number): Uint8Array<ArrayBuffer> {
    counters.bytesMoved += nbytes;
    return new Uint8Array((block as ReferenceBlock).bytes, byteOffset, nbytes).slice();
  }

  read(block: Block, byteOffset: number, nbytes: number): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.resolve(this.readSync(block, byteOffset, nbytes));
  }

  readParts(block: Block, byteOffset: number, nbytes: number, take: TakePart): Promise<void> {
    counters.bytesMoved += nbytes;
    return new Promise((resolve) => {
      take(new Uint8Array((block as ReferenceBlock).bytes, byteOffset, nbytes), 0);
      resolve();
    });
  }

  cook(plan: Plan): void {
    counters.launches++;
    interpret(plan);
  }

  run(call: FamilyCall): void {
    counters.launches++;
    runFamily(call);
  }
}

/** The reference device. */
export function referenceDevice(): Device {
  return new ReferenceDevice();
}

function at(view: BlockView, coordinate: readonly number[]): number {
  let position = view.offset;
  for (let i = 0; i < coordinate.length; i++) position += coordinate[i] * view.strides[i];
  return position;
}

/** Every coordinate of a shape, in row-major order. */
function* coordinates(shape: readonly number[]): Generator<number[]> {
  const total = numelOf(shape);
  const coordinate = new Array<number>(shape.length).fill(0);
  for (let n = 0; n < total; n++) {
    yield coordinate;
    for (let i = shape.length - 1; i >= 0; i--) {
      if (++coordinate[i] < shape[i]) break;
      coordinate[i] = 0;
    }
  }
}

/**
 * Writes outputs only when everything is computed, so that a plan may read what it replaces.
 * Each row evaluates its row steps first (a reduction evaluates its operand over the whole row).
 */
function interpret(plan: Plan): void {
  const { shape, split, steps, outputs } = plan;
  const outer = shape.slice(0, split), inner = shape.slice(split);
  const pending: { view: BlockView; dtype: DType; position: number; value: Value }[] = [];

  for (const row of coordinates(outer)) {
    const rowValues = new Map<number, Value>();

    const evaluate = (
      step: number,
      coordinate: readonly number[],
      cell: Map<number, Value>,
    ): Value => {
      const known = rowValues.get(step) ?? cell.get(step);
      if (known !== undefined) return known;
      const it = steps[step];
      let value: Value;
      switch (it.kind) {
        case "load": {
          const elements = (it.view.block as ReferenceBlock).elements(it.dtype);
          value = decode(elements[at(it.view, coordinate)], it.dtype);
          break;
        }
        case "index":
          value = BigInt(coordinate[it.dim]);
          break;
        case "reduce": {
          value = reduceEmpty(it.op, it.dtype);
          let n = 0;
          const state = { best: value, seen: false };
          for (const rest of coordinates(inner)) {
            const x = evaluate(it.a, [...row, ...rest], new Map());
            value = reduceStep(it.op, value, x, it.dtype, n++, state);
          }
          value = fit(value, it.dtype);
          rowValues.set(step, value);
          return value;
        }
        case "contract": {
          value = it.dtype === "int64" ? 0n : 0;
          const aCoordinate = coordinate.slice(), bCoordinate = coordinate.slice();
          const aElements = (it.a.block as ReferenceBlock).elements(it.dtype);
          const bElements = (it.b.block as ReferenceBlock).elements(it.dtype);
          const last = coordinate.length - 1;
          for (let k = 0; k < it.k; k++) {
            aCoordinate[last] = k;
            bCoordinate[last - 1] = k;
            const product = stepValue("mul", it.dtype, [
              decode(aElements[at(it.a, aCoordinate)], it.dtype),
              decode(bElements[at(it.b, bCoordinate)], it.dtype),
            ]);
            value = stepValue("add", it.dtype, [value, product]);
          }
          break;
        }
        case "random":
        case "const":
          value = stepValue(it, it.dtype, [], linear(coordinate, shape));
          break;
        default: {
          const operands = it.kind === "where"
            ? [it.cond, it.a, it.b]
            : it.kind === "binary"
            ? [it.a, it.b]
            : [it.a];
          value = stepValue(
            it,
            it.dtype,
            operands.map((operand) => evaluate(operand, coordinate, cell)),
            0,
            steps[operands[operands.length - 1]].dtype,
          );
        }
      }
      (it.row ? rowValues : cell).set(step, value);
      return value;
    };

    const write = (
      step: number,
      view: BlockView,
      coordinate: readonly number[],
      cell: Map<number, Value>,
    ) => {
      const value = evaluate(step, coordinate, cell);
      pending.push({ view, dtype: steps[step].dtype, position: at(view, coordinate), value });
    };
    const start = [...row, ...inner.map(() => 0)];
    // A row step may also be a full result, whose elements are alike along the row.
    const rows = outputs.filter(({ step, view }) =>
      steps[step].row && split < shape.length &&
      view.strides.every((stride, i) => i < split || stride === 0)
    );
    const full = outputs.filter((output) => !rows.includes(output));
    for (const { step, view } of rows) write(step, view, start, new Map());
    if (full.length > 0) {
      for (const rest of coordinates(inner)) {
        const cell = new Map<number, Value>();
        for (const { step, view } of full) write(step, view, [...row, ...rest], cell);
      }
    }
  }
  for (const { view, dtype, position, value } of pending) {
    const elements = (view.block as ReferenceBlock).elements(dtype) as unknown as Value[];
    elements[position] = encode(value, dtype);
  }
}

function linear(coordinate: readonly number[], shape: readonly number[]): number {
  let position = 0;
  for (let i = 0; i < shape.length; i++) position = position * shape[i] + coordinate[i];
  return position;
}
