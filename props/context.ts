/**
 * What a check works with: it makes instances of the subject and calls them, and tells the subject's
 * errors from the law's own.
 *
 * @module
 */
import { type DeviceInfo, type DeviceName, deviceNames, manualSeed } from "../core/mod.ts";
import type { Module } from "../nn/mod.ts";
import { type Argument, buildArgument } from "./argument.ts";
import { examine } from "./examine.ts";
import { type Given, givenOf, type Instance } from "./instance.ts";
import type { Capability } from "./law.ts";
import { constructWatched, ModuleInstance } from "./module_instance.ts";
import type { Subject } from "./subject.ts";
import { total, totalAsync } from "./totality.ts";
import { registered } from "./walk.ts";

/** The subject on a device, as a check sees it. */
export class Context {
  /** What is judged. */
  readonly subject: Subject;
  /** Where. */
  readonly device: DeviceName;
  /** What the device is, and what it can compute. */
  readonly info: DeviceInfo;
  readonly #wanted: DeviceName | undefined;
  readonly #onPartner: (device: DeviceName) => void;
  #partner: DeviceName | null = null;

  /**
   * Puts a subject on a device.
   *
   * @param subject What is judged.
   * @param info Where.
   * @param partner The other device, if it is not the judged one; by default one that is open.
   * @param onPartner Is told of the other device when a law first asks for it.
   */
  constructor(
    subject: Subject,
    info: DeviceInfo,
    partner?: DeviceName,
    onPartner: (device: DeviceName) => void = () => {},
  ) {
    this.subject = subject;
    this.device = info.name;
    this.info = info;
    this.#wanted = partner;
    this.#onPartner = onPartner;
  }

  /**
   * Whether the subject has something that only a part of a law needs.
   *
   * @param capability What the part needs.
   */
  has(capability: Capability): boolean {
    return examine(this.subject).capabilities.has(capability);
  }

  /** A device that is not the judged one, to move to and back: if it can be, another one for use. */
  get otherDevice(): DeviceName {
    if (this.#partner === null) this.#onPartner(this.#partner = this.#choose());
    return this.#partner;
  }

  /** The other device, if the law has asked for it: a replay has to use the same. */
  get partner(): DeviceName | null {
    return this.#partner;
  }

  #choose(): DeviceName {
    if (this.#wanted !== undefined && this.#wanted !== this.device) return this.#wanted;
    const others = deviceNames().filter((name) => name !== this.device);
    return others.find((name) => name !== "reference") ?? others[0];
  }

  /**
   * A new instance.
   *
   * @param seed What the engine's random state is set to before.
   * @param device Where; the judged device by default.
   * @returns The instance, in training mode as it is made.
   */
  async make(seed: number, device: DeviceName = this.device): Promise<Module> {
    return await this.#moved(this.construct(seed), device);
  }

  async #moved(module: Module, device: DeviceName): Promise<Module> {
    if (registered(module).some(([, tensor]) => tensor.device !== device)) {
      await this.wait(`to("${device}")`, () => module.to(device));
    }
    return module;
  }

  /**
   * A new instance where its constructor puts it: what `make` gives before it is moved.
   *
   * @param seed What the engine's random state is set to before.
   * @returns The instance.
   */
  construct(seed: number): Module {
    const { make } = this.subject;
    if (make === null) throw new TypeError(`${this.subject.name} makes no modules`);
    manualSeed(seed);
    return this.call("The constructor", make);
  }

  /**
   * A new instance, a module of this package or one that lives in another library.
   *
   * @param seed What the random state of its library is set to before.
   * @param device Where, if it is a module of this package; the judged device by default.
   * @returns The instance, in training mode as it is made.
   */
  async instance(seed: number, device: DeviceName = this.device): Promise<Instance> {
    const { elsewhere } = this.subject;
    if (elsewhere !== null) return await elsewhere.make(seed);
    const { value, transient } = constructWatched(() => this.construct(seed));
    return new ModuleInstance(await this.#moved(value, device), device, transient);
  }

  /**
   * An instance with the numbers of {@linkcode Context.instance} that computes in float64, on the CPU if
   * the judged device does not.
   *
   * @param seed The same seed.
   * @returns The instance, or null if its library casts none.
   */
  async inFloat64(seed: number): Promise<Instance | null> {
    if (!this.has("casts")) return null;
    const instance = await this.instance(seed, this.info.float64 ? this.device : "cpu");
    await instance.to("float64");
    return instance;
  }

  /**
   * A new instance in another process, which shares nothing with this one.
   *
   * @param seed What the random state there is set to before.
   * @returns The instance on the judged device, in training mode as it is made.
   */
  async instanceApart(seed: number): Promise<Instance> {
    const { apart, name } = this.subject;
    if (apart === null) throw new TypeError(`${name} can't be made in another process`);
    return await apart.make(seed, this.device);
  }

  /** Forgets the instances that are not in this process: the case that made them has ended. */
  async release(): Promise<void> {
    await this.subject.elsewhere?.release();
    await this.subject.apart?.release();
  }

  /** The arguments of `forward` as contents, for an instance. */
  given(specs: readonly Argument[]): Given[] {
    return specs.map(givenOf);
  }

  /** Sets the engine's random state, so that two calls draw the same numbers. */
  reseed(seed: number): void {
    manualSeed(seed);
  }

  /** The arguments of `forward`, on the judged device. */
  args(specs: readonly Argument[], device: DeviceName = this.device): unknown[] {
    return specs.map((argument) => buildArgument(argument, device));
  }

  /** What `forward` returns. */
  forward(module: Module, args: readonly unknown[]): unknown {
    return this.call("forward", () => module.forward(...args));
  }

  /**
   * Calls the subject: what it throws refutes that it works on everything in its domain.
   *
   * @param name What is called, for the message.
   * @param fn Calls it.
   * @returns What it returned.
   */
  call<T>(name: string, fn: () => T): T {
    return total(name, fn);
  }

  /** The same for what returns a promise. */
  wait<T>(name: string, fn: () => Promise<T>): Promise<T> {
    return totalAsync(name, fn);
  }
}
