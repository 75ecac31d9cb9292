/**
 * The globals that PyTorch's checkpoints may name: what each stands for, what is refused by name.
 *
 * @module
 */
import { CheckpointError, type DType, UnsafePickleError } from "../core/mod.ts";
import type { PickleGlobal } from "./pickle_nodes.ts";

/** The typed storage classes of module `torch`, and the dtype of each. */
const STORAGE_DTYPES: Readonly<Record<string, DType>> = {
  FloatStorage: "float32",
  DoubleStorage: "float64",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
  ComplexFloatStorage: "complex64",
};

const STORAGE_CLASSES: ReadonlyMap<DType, string> = new Map(
  Object.entries(STORAGE_DTYPES).map(([name, dtype]) => [dtype, name]),
);

/** The class of storages that know no dtype. */
export const UNTYPED_STORAGE = "torch.storage.UntypedStorage";

/**
 * The name in module `torch` of the storage class that saves a dtype.
 *
 * @param dtype The dtype.
 * @returns The class's name, or undefined for those that PyTorch saves untyped.
 */
export function storageClassOf(dtype: DType): string | undefined {
  return STORAGE_CLASSES.get(dtype);
}

/**
 * The dtype that a storage class stands for.
 *
 * @param named The class.
 * @returns The dtype, or undefined when it is no typed storage.
 */
export function dtypeOfStorageClass(named: PickleGlobal): DType | undefined {
  // Files of the first releases name the classes of the device they were saved from.
  if (named.module !== "torch" && named.module !== "torch.cuda") return undefined;
  return Object.hasOwn(STORAGE_DTYPES, named.name) ? STORAGE_DTYPES[named.name] : undefined;
}

const TORCH_DTYPES: ReadonlySet<string> = new Set([
  ...["float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8"],
  ...["uint16", "uint32", "uint64", "bool", "complex32", "complex64", "complex128"],
  ...["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"],
  ...["float4_e2m1fn_x2", "quint8", "qint8", "qint32", "quint4x2", "quint2x4"],
]);

/**
 * The name of the dtype that a global stands for.
 *
 * @param named The global.
 * @returns PyTorch's name, which need not be one of ours; undefined when it is no dtype.
 */
export function torchDTypeName(named: PickleGlobal): string | undefined {
  return named.module === "torch" && TORCH_DTYPES.has(named.name) ? named.name : undefined;
}

/** Functions and classes that the decoder knows what to do with. */
const KNOWN: ReadonlySet<string> = new Set([
  "_codecs.encode",
  "builtins.bool",
  "builtins.bytearray",
  "builtins.bytes",
  "builtins.complex",
  "builtins.dict",
  "builtins.float",
  "builtins.frozenset",
  "builtins.int",
  "builtins.list",
  "builtins.set",
  "builtins.str",
  "builtins.tuple",
  "collections.Counter",
  "collections.OrderedDict",
  "collections.defaultdict",
  "torch.Size",
  "torch.Tensor",
  "torch._tensor._rebuild_from_type_v2",
  "torch._utils._rebuild_parameter",
  "torch._utils._rebuild_parameter_with_state",
  "torch._utils._rebuild_tensor",
  "torch._utils._rebuild_tensor_v2",
  "torch._utils._rebuild_tensor_v3",
  "torch.device",
  "torch.nn.parameter.Buffer",
  "torch.nn.parameter.Parameter",
  "torch.serialization._get_layout",
  UNTYPED_STORAGE,
]);

/** Harmless globals of tensors that are not supported, and what those are called. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  "torch._utils._rebuild_device_tensor_from_cpu_tensor": "a tensor of another device",
  "torch._utils._rebuild_device_tensor_from_numpy": "a tensor of another device",
  "torch._utils._rebuild_meta_tensor_no_storage": "a meta tensor, which has no data",
  "torch._utils._rebuild_nested_tensor": "a nested tensor",
  "torch._utils._rebuild_qtensor": "a quantized tensor",
  "torch._utils._rebuild_sparse_csr_tensor": "a sparse tensor",
  "torch._utils._rebuild_sparse_tensor": "a sparse tensor",
  "torch._utils._rebuild_wrapper_subclass": "a wrapper subclass of Tensor",
  "torch._utils._rebuild_xla_tensor": "a tensor of another device",
  "torch.ComplexDoubleStorage": "a complex128 tensor",
  "torch.QInt32Storage": "a quantized tensor",
  "torch.QInt8Storage": "a quantized tensor",
  "torch.QUInt2x4Storage": "a quantized tensor",
  "torch.QUInt4x2Storage": "a quantized tensor",
  "torch.QUInt8Storage": "a quantized tensor",
};

/**
 * The allow-list: judges every global of a checkpoint where it is named.
 *
 * @param named The global, with Python 3's names.
 * @param at Where it is named, in words.
 * @throws UnsafePickleError when it is not on the list.
 * @throws CheckpointError when it is harmless and what it makes is not supported.
 */
export function admitGlobal(named: PickleGlobal, at: string): void {
  const { path } = named;
  if (KNOWN.has(path)) return;
  if (dtypeOfStorageClass(named) !== undefined || torchDTypeName(named) !== undefined) return;
  const plain = path.replace(/^torch\.cuda\./, "torch.");
  if (Object.hasOwn(UNSUPPORTED, plain)) {
    throw new CheckpointError(`${path} ${at} makes ${UNSUPPORTED[plain]}: not supported yet`);
  }
  throw new UnsafePickleError(
    `${path} ${at} is not one of the globals that a checkpoint may name; nothing was run`,
  );
}
