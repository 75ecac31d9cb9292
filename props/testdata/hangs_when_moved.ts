import { Linear } from "../../nn/mod.ts";

export class HangsWhenMoved extends Linear {
  constructor() {
    super(3, 2);
  }
  override to(target: Parameters<Linear["to"]>[0]): Promise<this> {
    while (target === "reference");
    return super.to(target);
  }
}
