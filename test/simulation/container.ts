import type { OnModuleInit, Provider, Type } from '@nestjs/common';
import 'reflect-metadata';

interface Factory {
  readonly provide: unknown;
  readonly inject?: readonly unknown[];
  readonly useFactory: (...args: readonly unknown[]) => unknown;
}

/**
 * Makes what the modules say, as Nest does and from the same metadata, in the microseconds that a simulation has for it. Knows
 * classes, synchronous factories and `@Inject`; what the modules around provide is handed in.
 */
export class Container {
  private readonly made: Map<unknown, object>;
  private readonly factories = new Map<unknown, Factory>();
  private readonly classes: Type[] = [];

  constructor(provided: ReadonlyMap<unknown, object>) {
    this.made = new Map(provided);
  }

  /** Everything made so far, by class or token. */
  get instances(): ReadonlyMap<unknown, object> {
    return this.made;
  }

  /** Makes all that the modules provide and control, then tells each that it may begin. @returns classes made */
  async start(modules: readonly Type[]): Promise<void> {
    const listed = modules.flatMap((module) => [...listOf<Provider>(module, 'providers'), ...listOf<Type>(module, 'controllers')]);
    for (const provider of listed) {
      if (typeof provider === 'function') this.classes.push(provider as Type);
      else if (!this.made.has(provider.provide)) this.factories.set(provider.provide, provider as Factory);
    }
    for (const each of [...this.factories.keys(), ...this.classes]) this.get(each);
    for (const each of [...this.classes, ...modules]) await (this.get(each) as Partial<OnModuleInit>).onModuleInit?.();
  }

  /** What was made of the classes, with the class itself. */
  all(): readonly { readonly metatype: Type; readonly instance: object }[] {
    return this.classes.map((metatype) => ({ metatype, instance: this.get(metatype) }));
  }

  get<Instance extends object>(token: unknown): Instance {
    const known = this.made.get(token);
    if (known !== undefined) return known as Instance;
    const made = this.make(token);
    this.made.set(token, made);
    return made as Instance;
  }

  private make(token: unknown): object {
    const factory = this.factories.get(token);
    if (factory !== undefined) return factory.useFactory(...(factory.inject ?? []).map((each) => this.get(each))) as object;
    if (typeof token !== 'function') throw new Error(`nobody provides ${String(token)}`);
    const types = (Reflect.getMetadata('design:paramtypes', token) ?? []) as unknown[];
    for (const { index, param } of (Reflect.getMetadata('self:paramtypes', token) ?? []) as { index: number; param: unknown }[]) {
      types[index] = param;
    }
    return Reflect.construct(
      token as Type,
      types.map((type) => this.get(type)),
    ) as object;
  }
}

function listOf<Item>(module: Type, what: 'providers' | 'controllers'): readonly Item[] {
  return (Reflect.getMetadata(what, module) ?? []) as Item[];
}
