/**
 * Modules that move badly.
 *
 * @module
 */
import {
  DTYPES,
  linspace,
  noGrad,
  stats,
  type Target,
  type Tensor,
  tensor,
} from "../../core/mod.ts";
import { Embedding, Linear, Module, Parameter } from "../../nn/mod.ts";
import { Adam } from "../../nn/optim/mod.ts";
import { inputs } from "../argument.ts";
import { subject } from "../subject.ts";
import { issue, type Mutant } from "./mutant.ts";
import { Healthy, healthy, made, rows } from "./parts.ts";

const isFloat = (tensor: Tensor): boolean => DTYPES[tensor.dtype].kind === "float";

/** What a device or a floating dtype means for one tensor. */
async function moved(tensor: Tensor, target: Target): Promise<Tensor> {
  const isDType = typeof target === "string" && target in DTYPES;
  return isDType && !isFloat(tensor) ? tensor : await tensor.detach().to(target);
}

class ForgetsBuffers extends Healthy {
  override async to(target: Target): Promise<this> {
    for (const parameter of this.parameters()) {
      const { grad } = parameter;
      parameter.setData(await moved(parameter, target));
      grad?.setData(await moved(grad, target));
    }
    return this;
  }
}

class ReplacesParameters extends Healthy {
  override async to(target: Target): Promise<this> {
    await super.to(target);
    const { requiresGrad, grad } = this.weight;
    this.weight = new Parameter(this.weight.detach(), { requiresGrad });
    this.weight.grad = grad;
    return this;
  }
}

class DropsGradients extends Healthy {
  override async to(target: Target): Promise<this> {
    for (const parameter of this.parameters()) parameter.grad = null;
    return await super.to(target);
  }
}

class GradientsStay extends Healthy {
  override async to(target: Target): Promise<this> {
    const before = this.parameters().map(({ grad }) => grad?.clone() ?? null);
    await super.to(target);
    this.parameters().forEach((parameter, i) => parameter.grad = before[i]);
    return this;
  }
}

class CastsIntegers extends Healthy {
  override async to(target: Target): Promise<this> {
    await super.to(target);
    if (typeof target === "string" && target in DTYPES) {
      this.count.setData(await this.count.to(target));
    }
    return this;
  }
}

class LeavesGradients extends Healthy {
  override async to(target: Target): Promise<this> {
    const gradients = this.parameters().map(({ grad }) => grad?.detach().clone() ?? null);
    await super.to(target);
    this.parameters().forEach((parameter, i) => {
      const grad = gradients[i];
      if (grad !== null && grad.device === parameter.device) parameter.grad?.setData(grad);
    });
    return this;
  }
}

class CopiesAlways extends Healthy {
  override async to(target: Target): Promise<this> {
    await super.to(target);
    for (const parameter of this.parameters()) parameter.setData(parameter.detach().clone());
    return this;
  }
}

/** Casts to bfloat16 and float16 with a smaller scale, so that nothing overflows. */
class ScalesWithCasts extends Healthy {
  override async to(target: Target): Promise<this> {
    await super.to(target);
    if (target === "bfloat16") noGrad(() => this.scale.mul_(0.5));
    return this;
  }
}

class LosesSigns extends Healthy {
  override async to(target: Target): Promise<this> {
    await super.to(target);
    for (const buffer of this.buffers()) {
      if (buffer.dtype === "float32") buffer.setData(buffer.detach().add(0));
    }
    return this;
  }
}

class ForgetsOptimizers extends Healthy {
  override async to(target: Target): Promise<this> {
    for (const value of [...this.parameters(), ...this.buffers()]) {
      const { grad } = value;
      value.setData(await moved(value, target));
      grad?.setData(await moved(grad, target));
    }
    return this;
  }
}

/** Whether it is float32 that is judged: neither float64 nor the yardstick. */
const judged = (x: Tensor): boolean => x.dtype === "float32" && x.device !== "reference";

class InputsInTf32 extends Healthy {
  override forward(x: Tensor): Tensor {
    // float16 has as many digits, and room enough for these numbers.
    return super.forward(judged(x) ? x.half().type(x.dtype) : x);
  }
}

class ScaleOff extends Healthy {
  override forward(x: Tensor): Tensor {
    const y = super.forward(x);
    return judged(y) ? y.mul(1 + 1e-5) : y;
  }
}

class ForwardInHalf extends Healthy {
  override forward(x: Tensor): Tensor {
    const y = super.forward(x);
    return y.device === "cpu" ? y.half().type(y.dtype) : y;
  }
}

class GradientOfItsOwn extends Healthy {
  override forward(x: Tensor): Tensor {
    const y = super.forward(x);
    return y.device === "cpu" ? y.add(this.weight.sub(this.weight.detach()).mul(0.25)) : y;
  }
}

class Tied extends Module {
  embed = new Embedding(5, 3);
  head = new Linear(3, 5, { bias: false });
  constructor() {
    super();
    this.head.weight = new Parameter(this.embed.weight.detach());
  }
  override forward(words: Tensor): Tensor {
    return this.head.forward(this.embed.forward(words));
  }
}

class Unties extends Tied {
  override async to(target: Target): Promise<this> {
    for (const parameter of this.parameters()) {
      const { grad } = parameter;
      const value = await moved(parameter, target);
      parameter.setData(value.clone());
      grad?.setData(await moved(grad, target));
    }
    return this;
  }
}

class MovesTwice extends Tied {
  override async to(target: Target): Promise<this> {
    await moved(this.head.weight, target);
    return await super.to(target);
  }
}

const words = {
  inputs: [inputs.tensor({ shape: [inputs.size(1, 3), 2], dtype: "int64", low: 0, high: 5 })],
};
const law = "device/moves-all-registered";
const casts = "device/casts-floats-only";
const idempotent = "device/idempotent";

/** What a trip to another device and a cast leave. */
async function traces(of: Mutant["subject"]): Promise<string> {
  const module = made(of);
  const before = module.parameters();
  before[0].grad = before[0].detach();
  await module.to("reference");
  const devices = [...module.parameters(), ...module.buffers()].map(({ device }) => device);
  await module.to("float64");
  const dtypes = [...module.parameters(), ...module.buffers()].map(({ dtype }) => dtype);
  const same = module.parameters().map((parameter, i) => parameter === before[i]);
  const shared = new Set(module.parameters().map(({ storage }) => storage)).size;
  const gradient = before[0].grad;
  return JSON.stringify([devices, dtypes, same, shared, gradient?.device, gradient?.dtype]);
}

const trip = "device/round-trip";

/** What a trip to another device does to a zero, how many bytes it moves, and where it leaves whom. */
async function trace(of: Mutant["subject"]): Promise<string> {
  const module = made(of);
  const zero = tensor([-0]);
  module.registerBuffer("zero", zero);
  const [first] = module.parameters();
  first.grad = first.detach();
  const optimizer = new Adam([first], { lr: 0.1 });
  optimizer.step();
  const before = stats().bytesMoved;
  await module.to("reference");
  const bytes = stats().bytesMoved - before;
  const [value] = await zero.data();
  return JSON.stringify([bytes, Object.is(value, -0), optimizer.tensorsOf(first)[0].device]);
}

const agrees = "device/agrees";

/** What comes out, and the gradient of what is multiplied first. */
async function learned(of: Mutant["subject"]): Promise<string> {
  const module = made(of);
  const y = module.forward(linspace(1, 4, 8).reshape([2, 4])) as Tensor;
  y.sum().backward();
  return JSON.stringify([await y.tolist(), await module.parameters()[0].grad!.tolist()]);
}

/** Mutants of moving, and of computing elsewhere. */
export const deviceMutants: readonly Mutant[] = [
  {
    law,
    id: "move-forgets-buffers",
    about: "to() moves the parameters and leaves the buffers.",
    thread: issue("dotnet/TorchSharp", 845),
    original: healthy,
    subject: rows("ForgetsBuffers", () => new ForgetsBuffers()),
    observe: traces,
  },
  {
    law,
    id: "move-unties",
    about: "to() gives each of two tied parameters memory of its own.",
    thread: issue("Modalities/modalities", 357),
    original: subject("Tied", () => new Tied(), words),
    subject: subject("Unties", () => new Unties(), words),
    observe: traces,
  },
  {
    law,
    id: "move-replaces-parameters",
    about: "to() makes a new Parameter, which the optimizer does not know.",
    thread: issue("huggingface/transformers", 3532),
    original: healthy,
    subject: rows("ReplacesParameters", () => new ReplacesParameters()),
    observe: traces,
  },
  {
    law,
    id: "move-drops-gradients",
    about: "to() forgets the gradients.",
    original: healthy,
    subject: rows("DropsGradients", () => new DropsGradients()),
    observe: traces,
  },
  {
    law,
    id: "move-leaves-gradients",
    about: "to() leaves the gradients where they are.",
    thread: issue("dotnet/TorchSharp", 1191),
    original: healthy,
    subject: rows("GradientsStay", () => new GradientsStay()),
    observe: traces,
  },
  {
    law: casts,
    id: "cast-takes-integers",
    about: "A cast to a floating dtype takes an integer buffer along.",
    thread: issue("pytorch/pytorch", 3810),
    original: healthy,
    subject: rows("CastsIntegers", () => new CastsIntegers()),
    observe: traces,
  },
  {
    law: casts,
    id: "cast-forgets-gradients",
    about: "to(dtype) leaves the gradients in the dtype that they had.",
    original: healthy,
    subject: rows("LeavesGradients", () => new LeavesGradients()),
    observe: async (of) => {
      const module = made(of);
      const [parameter] = module.parameters();
      parameter.grad = parameter.detach();
      await module.half();
      return String(parameter.grad?.dtype);
    },
  },
  {
    law: idempotent,
    id: "second-move-copies",
    about: "to() copies parameters that are there already.",
    original: healthy,
    subject: rows("CopiesAlways", () => new CopiesAlways()),
    observe: async (of) => {
      const module = made(of);
      const [{ storage }] = module.parameters();
      await module.to("cpu");
      return String(module.parameters()[0].storage === storage);
    },
  },
  {
    law: idempotent,
    id: "second-cast-scales",
    about: "A cast scales a buffer down, and down again.",
    original: healthy,
    subject: rows("ScalesWithCasts", () => new ScalesWithCasts()),
    observe: async (of) => {
      const module = await made<Healthy>(of).bfloat16();
      return JSON.stringify(await module.scale.type("float32").tolist());
    },
  },
  {
    law: trip,
    id: "trip-loses-signs-of-zero",
    about: "What arrives goes through an addition of 0, which makes -0 a 0.",
    original: healthy,
    subject: rows("LosesSigns", () => new LosesSigns()),
    observe: trace,
  },
  {
    law: trip,
    id: "trip-moves-ties-twice",
    about: "What two parameters share is moved for each of them.",
    original: subject("Tied", () => new Tied(), words),
    subject: subject("MovesTwice", () => new MovesTwice(), words),
    observe: trace,
  },
  {
    law: trip,
    id: "trip-forgets-optimizers",
    about: "to() leaves the state of optimizers where it was.",
    original: healthy,
    subject: rows("ForgetsOptimizers", () => new ForgetsOptimizers()),
    observe: trace,
  },
  {
    law: agrees,
    id: "agrees-inputs-in-tf32",
    about: "What is multiplied is rounded to the 11 digits of TensorFloat-32.",
    original: healthy,
    subject: rows("InputsInTf32", () => new InputsInTf32()),
    observe: learned,
  },
  {
    law: agrees,
    id: "agrees-scale-off",
    about: "The output is too large by one part in a hundred thousand.",
    original: healthy,
    subject: rows("ScaleOff", () => new ScaleOff()),
    observe: learned,
  },
  {
    law: agrees,
    id: "agrees-forward-in-half",
    about: "On the CPU the output is rounded to float16.",
    original: healthy,
    subject: rows("ForwardInHalf", () => new ForwardInHalf()),
    observe: learned,
  },
  {
    law: agrees,
    id: "agrees-gradient-of-its-own",
    about: "On the CPU a parameter gets more gradient than elsewhere, for the same output.",
    original: healthy,
    subject: rows("GradientOfItsOwn", () => new GradientOfItsOwn()),
    observe: learned,
  },
];
