// Workers for a test, in a process of their own: inside `bun test` what nobody catches in a Worker ends it at once and
// never reaches the Worker's own handlers (Bun 1.4.5), and the library rejects from listeners that nobody awaits.

type ToHost = { id: number; open: string } | { id: number; post: unknown } | { id: number; terminate: true }
type FromHost = { id: number; message: unknown } | { id: number; closed: true }

/** As much of a Worker as tests need. */
export interface HostedWorker {
  onmessage: (message: never) => void
  onclose: () => void
  postMessage(message: unknown): void
  terminate(): void
}

export interface WorkerHost extends AsyncDisposable {
  open(entry: URL): HostedWorker
}

export function startWorkerHost(): WorkerHost {
  const workers = new Map<number, HostedWorker>()
  const host = Bun.spawn([process.execPath, import.meta.path], {
    stdio: ['ignore', 'inherit', 'inherit'],
    serialization: 'advanced',
    ipc(told: FromHost) {
      const worker = workers.get(told.id)
      if ('closed' in told) worker?.onclose()
      else worker?.onmessage(told.message as never)
    },
  })
  const tell = (what: ToHost) => host.send(what)
  let last = 0
  return {
    open(entry) {
      const id = ++last
      const worker: HostedWorker = {
        onmessage: () => {},
        onclose: () => {},
        postMessage: (post) => tell({ id, post }),
        terminate: () => tell({ id, terminate: true }),
      }
      workers.set(id, worker)
      tell({ id, open: entry.href })
      return worker
    },
    async [Symbol.asyncDispose]() {
      host.kill('SIGKILL')
      await host.exited
    },
  }
}

function runHost(): void {
  const workers = new Map<number, Worker>()
  const tell = (what: FromHost) => process.send?.(what)
  process.on('message', (told: ToHost) => {
    const { id } = told
    if ('post' in told) return workers.get(id)?.postMessage(told.post)
    if ('terminate' in told) return workers.get(id)?.terminate()
    const worker = new Worker(told.open)
    workers.set(id, worker)
    worker.onmessage = ({ data }) => tell({ id, message: data })
    worker.addEventListener('close', () => tell({ id, closed: true }))
  })
  // Whoever asked is gone: so are the Workers, and their browsers with the pipes.
  process.on('disconnect', () => process.exit(0))
}

if (import.meta.main) runHost()
