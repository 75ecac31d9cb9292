import { Linear } from "../../nn/mod.ts";

export class Stays extends Linear {
  constructor() {
    super(3, 2);
  }
  override to(): Promise<this> {
    return Promise.resolve(this);
  }
}
