// The product with a Worker that can be broken from outside: each `USR2` makes every Worker fail as an unforeseen error would.
import { runProduct } from './run-product.ts'

const breaking = new BroadcastChannel('break')
process.on('SIGUSR2', () => breaking.postMessage('now'))
await runProduct(() => ({ worker: new URL('./breakable-worker.ts', import.meta.url) }))
