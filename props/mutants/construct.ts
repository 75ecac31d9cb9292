/**
 * Modules whose constructor takes a device and does not do all there.
 *
 * @module
 */
import { type DeviceName, ones, randn, type Tensor } from "../../core/mod.ts";
import { Buffer, Linear, Module } from "../../nn/mod.ts";
import { inputs } from "../argument.ts";
import { type Subject, subject } from "../subject.ts";
import type { Mutant } from "./mutant.ts";

/** A layer and a scale, on a device. */
class Placed extends Module {
  lin: Linear;
  scale: Tensor;

  constructor(device: DeviceName) {
    super();
    this.lin = new Linear(4, 4, { device });
    this.scale = new Buffer(this.make(device));
  }

  protected make(device: DeviceName): Tensor {
    return ones([4], { device });
  }

  override forward(x: Tensor): Tensor {
    return this.lin.forward(x.mul(this.scale));
  }
}

class LeavesABuffer extends Placed {
  protected override make(): Tensor {
    return ones([4]);
  }
}

class DrawsByDevice extends Placed {
  protected override make(device: DeviceName): Tensor {
    return device === "cpu" ? ones([4]) : randn([4], { device });
  }
}

function placed(name: string, Class: new (device: DeviceName) => Module): Subject {
  return subject(name, () => new Class("cpu"), {
    inputs: [inputs.tensor({ shape: [inputs.size(1, 3), 4] })],
    claims: { constructOn: (device) => new Class(device) },
  });
}

const construct = {
  law: "device/construct-there-equals-move-there",
  original: placed("Placed", Placed),
  observe: async (of: Subject): Promise<string> => {
    const module = of.claims.constructOn!("reference") as Placed;
    return `${module.scale.device} ${JSON.stringify(await module.scale.tolist())}`;
  },
} as const;

/** Mutants of construction on a device. */
export const constructMutants: readonly Mutant[] = [
  {
    ...construct,
    id: "constructor-leaves-a-buffer-behind",
    about: "The constructor hands its device to its layers and makes its buffer on the CPU.",
    subject: placed("LeavesABuffer", LeavesABuffer),
  },
  {
    ...construct,
    id: "constructor-draws-by-device",
    about: "The constructor draws on one device what it sets to ones on the others.",
    subject: placed("DrawsByDevice", DrawsByDevice),
  },
];
