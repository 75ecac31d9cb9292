// What a state dict is: a map from names to tensors, in order.
//
//     deno run examples/seed_2_state_dict.ts
import { nn, type Tensor } from "@touchstone/touchstone";

class MyModule extends nn.Module {
  lin: nn.Linear;

  constructor(inFeatures: number, outFeatures: number) {
    super();
    this.lin = new nn.Linear(inFeatures, outFeatures);
  }

  override forward(x: Tensor): Tensor {
    return this.lin.forward(x);
  }
}

const module = new MyModule(4, 2);
for (const [name, value] of module.stateDict()) {
  console.log(name, value.shape);
}
