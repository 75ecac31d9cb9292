/**
 * Opening the devices to judge on, and saying which of them are not there.
 *
 * @module
 */
import { DeviceError, type DeviceInfo, type DeviceName, openDevice } from "../core/mod.ts";

/** Every device, whether this system has it or not. */
export const DEVICES: readonly DeviceName[] = ["cpu", "reference", "webgpu"];

/** A device that was to be judged on and is not there. */
export interface Absence {
  /** The device's name. */
  readonly name: DeviceName;
  /** Why it is not there, and how to get it. */
  readonly reason: string;
  /** Whether it was required. */
  readonly required: boolean;
}

/**
 * Opens devices.
 *
 * @param names Which.
 * @param required Which of them must be there.
 * @returns What those are that are there, and why the others are not.
 */
export async function openDevices(
  names: readonly DeviceName[],
  required: readonly DeviceName[],
): Promise<{ devices: DeviceInfo[]; absent: Absence[] }> {
  const devices: DeviceInfo[] = [], absent: Absence[] = [];
  for (const name of names) {
    try {
      devices.push(await openDevice(name));
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      absent.push({ name, reason: error.message, required: required.includes(name) });
    }
  }
  return { devices, absent };
}
