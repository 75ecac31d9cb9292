// A parameter can be registered by name too, which makes a range of them convenient.
//
//     deno run examples/seed_4_register_parameter.ts [device]
import { type DeviceName, F, nn, ones, optim, randn, type Tensor } from "@touchstone/touchstone";

class MyModule extends nn.Module {
  declare myBuffer: Tensor;
  declare param: nn.Parameter;

  constructor() {
    super();
    this.registerBuffer("myBuffer", randn([2, 3]));
    this.registerParameter("param", new nn.Parameter(randn([3, 3])));
  }

  override forward(x: Tensor): Tensor {
    return x.matmul(this.param).add(this.myBuffer);
  }
}

const device = (Deno.args[0] ?? "cpu") as DeviceName;
const module = await new MyModule().to(device);
console.log("parameters:", Array.from(module.namedParameters(), ([name]) => name));
console.log("state dict:", [...module.stateDict().keys()]);

// It trains as an assigned one does, and the buffer stays as it is.
const param = await module.param.data();
const buffer = await module.myBuffer.data();
const optimizer = new optim.SGD(module.parameters(), { lr: 0.1 });
F.mseLoss(module.forward(ones([2, 3], { device })), ones([2, 3], { device })).backward();
optimizer.step();
const same = (a: ArrayLike<unknown>, b: ArrayLike<unknown>) =>
  Array.from(a).every((value, i) => value === b[i]);
console.log("param moved:", !same(param, await module.param.data()));
console.log("myBuffer moved:", !same(buffer, await module.myBuffer.data()));

class Polynomial extends nn.Module {
  constructor(readonly degree: number) {
    super();
    for (let i = 0; i <= degree; i++) {
      this.registerParameter("w" + i, new nn.Parameter(randn([1])));
    }
  }

  override forward(x: Tensor): Tensor {
    let sum = this.getParameter("w0").expand(x.shape);
    for (let i = 1; i <= this.degree; i++) {
      sum = sum.add(x.pow(i).mul(this.getParameter("w" + i)));
    }
    return sum;
  }
}

const polynomial = await new Polynomial(3).to(device);
console.log("polynomial:", [...polynomial.stateDict().keys()]);
console.log("output:", polynomial.forward(randn([5], { device })).shape);
