/**
 * Getting hold of a GPU: the adapter, a device with all that the adapter offers, and what they are.
 *
 * @module
 */
import { DeviceError } from "../errors.ts";
import type { DeviceInfo } from "../device.ts";

/** A GPU ready for work. */
export interface Gpu {
  /** The device. */
  readonly device: GPUDevice;
  /** What it is. */
  readonly info: DeviceInfo;
}

/**
 * Opens the system's GPU.
 *
 * @param limits Limits that are to be other than what the adapter offers.
 * @throws {DeviceError} If there is none; the message says how to get one.
 */
export async function openGpu(limits: Record<string, number> = {}): Promise<Gpu> {
  const gpu = globalThis.navigator?.gpu;
  if (gpu === undefined) {
    throw new DeviceError(
      `There is no WebGPU in this runtime (navigator.gpu is undefined): use Deno 2.9 or later, or a browser that has it`,
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) throw new DeviceError(`There is no WebGPU adapter: ${howToGetOne()}`);
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({ requiredLimits: { ...limitsOf(adapter), ...limits } });
  } catch (error) {
    throw new DeviceError(
      `The WebGPU adapter "${describe(adapter)}" gave no device: ${(error as Error).message}`,
    );
  }
  return { device, info: infoOf(adapter) };
}

/** The limits that decide what can be computed; the rest stay at their defaults. */
const WANTED = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupStorageSize",
] as const;

function limitsOf(adapter: GPUAdapter): Record<string, number> {
  return Object.fromEntries(WANTED.map((name) => [name, adapter.limits[name]]));
}

function infoOf(adapter: GPUAdapter): DeviceInfo {
  const description = describe(adapter);
  const { isFallbackAdapter } = adapter.info;
  const software = isFallbackAdapter || /llvmpipe|lavapipe|swiftshader|software/i.test(description);
  return { name: "webgpu", description, software, float64: false };
}

function describe(adapter: GPUAdapter): string {
  const { vendor, architecture, device, description } = adapter.info;
  return [description || device || vendor || "unnamed", architecture].filter(Boolean).join(", ");
}

function howToGetOne(): string {
  switch (globalThis.Deno?.build.os) {
    case "linux":
      return "install a Vulkan driver: your graphics card's, or the software one " +
        "(Debian and Ubuntu: apt-get install mesa-vulkan-drivers libvulkan1)";
    case "darwin":
      return "Metal offers one on every Mac with a graphics session; in a virtual machine, enable its GPU";
    case "windows":
      return "install your graphics card's driver (DirectX 12 or Vulkan)";
    default:
      return "enable WebGPU in this runtime, and update the graphics driver";
  }
}
