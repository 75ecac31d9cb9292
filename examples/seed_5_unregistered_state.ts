// A tensor kept as a plain attribute is neither saved nor moved.
//
//     deno run examples/seed_5_unregistered_state.ts [device]
import { type DeviceName, nn, randn, type Tensor } from "@touchstone/touchstone";

class MyModule extends nn.Module {
  declare myBuffer: Tensor;
  myTensor = randn([1]);
  myParam = new nn.Parameter(randn([1]));

  constructor() {
    super();
    this.registerBuffer("myBuffer", randn([1]));
  }

  override forward(x: Tensor): Tensor {
    return x.mul(this.myParam).add(this.myBuffer).add(this.myTensor);
  }
}

// The plain interpreter is a second device that every machine has; "webgpu" is the fast one.
const device = (Deno.args[0] ?? "reference") as DeviceName;

const module = new MyModule();
console.log("state dict:", [...module.stateDict().keys()]);

await module.to(device);
console.log("myParam:", module.myParam.device);
console.log("myBuffer:", module.myBuffer.device);
console.log("myTensor:", module.myTensor.device);

try {
  module.forward(randn([1], { device }));
} catch (error) {
  console.log("forward:", (error as Error).name);
}
