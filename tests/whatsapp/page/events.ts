// Backbone-like events, models and collections: what the library expects of everything it finds in the page.

type Callback = (...args: never[]) => unknown
interface Listener {
  callback: Callback
  once: boolean
}

export class Emitter {
  // Private fields, so that serializing a model never meets them.
  #listeners = new Map<string, Listener[]>()

  /** `names` may hold several names separated by spaces. */
  on(names: string, callback: Callback): this {
    for (const name of split(names)) this.#listen(name, { callback, once: false })
    return this
  }

  once(names: string, callback: Callback): this {
    for (const name of split(names)) this.#listen(name, { callback, once: true })
    return this
  }

  off(names?: string, callback?: Callback): this {
    for (const name of names ? split(names) : [...this.#listeners.keys()]) {
      const left = (this.#listeners.get(name) ?? []).filter((l) => callback && l.callback !== callback)
      this.#listeners.set(name, left)
    }
    return this
  }

  trigger(name: string, ...args: unknown[]): this {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      if (listener.once) this.off(name, listener.callback)
      try {
        ;(listener.callback as (...args: unknown[]) => unknown)(...args)
      } catch (error) {
        // As in the real page, a listener that throws must not stop the others.
        console.error(`listener of ${name}`, error)
      }
    }
    return this
  }

  listens(name: string): boolean {
    return (this.#listeners.get(name)?.length ?? 0) > 0
  }

  /** Resolves as soon as somebody listens to `name`, or after `limitMs`. */
  listened(name: string, limitMs: number): Promise<void> {
    const until = performance.now() + limitMs
    return new Promise((resolve) => {
      const look = () => (this.listens(name) || performance.now() > until ? resolve() : setTimeout(look, 5))
      look()
    })
  }

  #listen(name: string, listener: Listener) {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener])
  }
}

export class Model extends Emitter {
  [attribute: string]: unknown
  #collections = new Set<Emitter>()

  constructor(attributes: Record<string, unknown> = {}) {
    super()
    Object.assign(this, attributes)
  }

  /** Sets and fires `change:name` (model, value, previous) for each that differs, then `change`. */
  set(changes: Record<string, unknown>): this {
    const changed = Object.entries(changes).filter(([name, value]) => this[name] !== value)
    const before = changed.map(([name]) => this[name])
    Object.assign(this, changes)
    changed.forEach(([name, value], i) => {
      this.trigger(`change:${name}`, this, value, before[i])
    })
    if (changed.length > 0) this.trigger('change', this)
    return this
  }

  override trigger(name: string, ...args: unknown[]): this {
    super.trigger(name, ...args)
    for (const collection of this.#collections) collection.trigger(name, ...args)
    return this
  }

  serialize(): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(this)
        .filter(([, value]) => typeof value !== 'function')
        .map(([name, value]) => [name, plain(value)]),
    )
  }

  toJSON() {
    return this.serialize()
  }

  /** The real page hands out guarded models and this takes the guard off; here there is none. */
  unsafe(): this {
    return this
  }

  joined(collection: Emitter) {
    this.#collections.add(collection)
  }

  left(collection: Emitter) {
    this.#collections.delete(collection)
  }
}

export class Collection<M extends Model = Model> extends Emitter {
  #models = new Map<string, M>()
  modelClass: new (
    attributes: Record<string, unknown>,
  ) => M

  constructor(modelClass: new (attributes: Record<string, unknown>) => M) {
    super()
    this.modelClass = modelClass
  }

  get(id: unknown): M | undefined {
    return id == null ? undefined : this.#models.get(String(id))
  }

  add(model: M): M {
    const known = this.get(model.id)
    if (known) return known
    this.#models.set(String(model.id), model)
    model.joined(this)
    this.trigger('add', model)
    return model
  }

  remove(id: unknown): void {
    const model = this.get(id instanceof Model ? id.id : id)
    if (!model) return
    this.#models.delete(String(model.id))
    model.trigger('remove', model)
    model.left(this)
  }

  getModelsArray(): M[] {
    return [...this.#models.values()]
  }

  get _models(): M[] {
    return this.getModelsArray()
  }

  get length(): number {
    return this.#models.size
  }

  filter(test: (model: M) => boolean): M[] {
    return this.getModelsArray().filter(test)
  }

  serialize() {
    return this.getModelsArray().map((model) => model.serialize())
  }

  toJSON() {
    return this.serialize()
  }
}

function split(names: string): string[] {
  return names.split(/\s+/).filter(Boolean)
}

function plain(value: unknown): unknown {
  if (value instanceof Model || value instanceof Collection) return value.serialize()
  return value
}
