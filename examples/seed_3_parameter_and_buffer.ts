// A parameter is registered by assignment, a buffer by name.
//
//     deno run examples/seed_3_parameter_and_buffer.ts
import { nn, randn, type Tensor } from "@touchstone/touchstone";

class MyModule extends nn.Module {
  declare myBuffer: Tensor;
  param: nn.Parameter;

  constructor() {
    super();
    this.registerBuffer("myBuffer", randn([2, 3]));
    this.param = new nn.Parameter(randn([3, 3]));
  }

  override forward(x: Tensor): Tensor {
    return x.matmul(this.param).add(this.myBuffer);
  }
}

const module = new MyModule();
console.log("parameters:", Array.from(module.namedParameters(), ([name]) => name));
console.log("buffers:", Array.from(module.namedBuffers(), ([name]) => name));
// Parameters come first, whatever was registered first.
console.log("state dict:", [...module.stateDict().keys()]);
console.log("output:", module.forward(randn([2, 3])).shape);
