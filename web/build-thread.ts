// A thread that builds dashboard and documentation: its starter stays free for requests, and the builder's memory goes with it.
import { buildDashboard } from './build.ts'
import { buildDocs } from './docs/build.ts'
import type { Told } from './docs/facts.ts'

declare const self: Worker

/** Told what pages say about the server's side, it answers all files; its starter then ends it. */
self.onmessage = async ({ data }: MessageEvent<Told>) => {
  const [dashboard, docs] = await Promise.all([buildDashboard(), buildDocs(data)])
  self.postMessage(new Map([...dashboard, ...docs]))
}
