// The product with Workers that tell a burst of messages each: `USR2` begins one of `BURST` messages a Worker.
import { runProduct } from './run-product.ts'

const burst = new BroadcastChannel('incoming')
process.on('SIGUSR2', () => burst.postMessage(Number(process.env.BURST)))
await runProduct(() => ({ worker: new URL('./incoming-worker.ts', import.meta.url) }))
