import { assertEquals } from "@std/assert";
import { ROOT, runDeno } from "./_support.ts";

Deno.test("mod.ts imports, computes and trains with no permission at all", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${folder}/train.ts`,
    `import { F, manualSeed, nn, optim, randn } from ${JSON.stringify(new URL("mod.ts", ROOT))};

manualSeed(0);
const model = new nn.Linear(3, 1);
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
const x = randn([16, 3]);
const y = x.sum(1, true);
const losses: number[] = [];
for (let step = 0; step < 100; step++) {
  optimizer.zeroGrad();
  const loss = F.mseLoss(model.forward(x), y);
  loss.backward();
  optimizer.step();
  losses.push(Number(await loss.item()));
}
console.log(losses[0] > 0.1 && losses[99] < losses[0] / 100);
`,
  );
  const { code, stdout, stderr } = await runDeno(
    ["run", "--no-prompt", "--no-config", "--no-lock", "train.ts"],
    { cwd: folder },
  );
  await Deno.remove(folder, { recursive: true });
  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "true\n", stderr: "" });
});
