// Save a model's state, and load it into a new one.
//
//     deno run --allow-read --allow-write examples/seed_1_save_and_load.ts [device]
import { type DeviceName, load, nn, randn, save, type Tensor } from "@touchstone/touchstone";

class MyModel extends nn.Module {
  hidden: nn.Linear;
  output: nn.Linear;

  constructor(inFeatures: number, outFeatures: number) {
    super();
    this.hidden = new nn.Linear(inFeatures, 8);
    this.output = new nn.Linear(8, outFeatures);
  }

  override forward(x: Tensor): Tensor {
    return this.output.forward(this.hidden.forward(x).relu());
  }
}

const device = (Deno.args[0] ?? "cpu") as DeviceName;
const path = await Deno.makeTempFile({ suffix: ".pt" });
const trained = await new MyModel(4, 2).to(device);
await save(trained.stateDict(), path);

const model = await new MyModel(4, 2).to(device);
const x = randn([3, 4], { device });
const before = await model.forward(x).data();
console.log(await model.loadStateDict(await load(path)));
model.eval();

const expected = await trained.forward(x).data();
const after = await model.forward(x).data();
console.log("training:", model.training);
console.log("same before loading:", expected.every((value, i) => value === before[i]));
console.log("same after loading:", expected.every((value, i) => value === after[i]));
await Deno.remove(path);
