// The page's own storage: IndexedDB with strict durability, so that what was kept survives a killed browser.

const STORES = ['prefs', 'message', 'number', 'chat'] as const
export type Store = (typeof STORES)[number]

let opened: Promise<IDBDatabase> | null = null

/** Resolves once `value` is on disk. */
export async function keep(store: Store, key: string, value: unknown): Promise<void> {
  const database = await open()
  const transaction = database.transaction(store, 'readwrite', { durability: 'strict' })
  transaction.objectStore(store).put(value, key)
  await committed(transaction)
}

export async function forget(store: Store, key: string): Promise<void> {
  const database = await open()
  const transaction = database.transaction(store, 'readwrite', { durability: 'strict' })
  transaction.objectStore(store).delete(key)
  await committed(transaction)
}

export async function recall<T>(store: Store, key: string): Promise<T | undefined> {
  const database = await open()
  return answered<T | undefined>(database.transaction(store).objectStore(store).get(key))
}

export async function recallAll<T>(store: Store): Promise<T[]> {
  const database = await open()
  return answered<T[]>(database.transaction(store).objectStore(store).getAll())
}

/** Everything goes, as after a logout. */
export async function forgetAll(): Promise<void> {
  const database = await open()
  const transaction = database.transaction(STORES, 'readwrite', { durability: 'strict' })
  for (const store of STORES) transaction.objectStore(store).clear()
  await committed(transaction)
  localStorage.clear()
}

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('model-storage', 1)
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store)
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  return opened
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })
}

function answered<T>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as T)
    request.onerror = () => reject(request.error)
  })
}
