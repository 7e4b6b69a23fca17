/** Applies decorators as TypeScript does, which JavaScript cannot write yet: the last one first. */
export function decorateMethod(owner, name, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(owner.prototype, name);
  for (const decorator of decorators.reverse()) decorator(owner.prototype, name, descriptor);
  Object.defineProperty(owner.prototype, name, descriptor);
}

export function decorateClass(owner, ...decorators) {
  for (const decorator of decorators.reverse()) decorator(owner);
}

/** What `emitDecoratorMetadata` would say of the constructor. */
export function injects(owner, ...types) {
  Reflect.defineMetadata('design:paramtypes', types, owner);
}
