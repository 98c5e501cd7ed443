// The chart itself: a bar a day, stacked by what became of the messages. A script of its own, loaded when one is looked at.
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { Day } from '../calls/figures.ts'
import { dayWords, FATES, fatesOf, shortCount } from '../figures.ts'

export interface DayChartProps {
  days: Day[]
  /** Which day is pointed at; null: none. */
  onPoint: (index: number | null) => void
}

const HEIGHT_PX = 220
const LABEL_PX = 62
const AXIS_PX = 44
/** Between two parts of a bar, so that they are told apart by more than their colours; where bars are thin, less. */
const gapPx = (days: number) => (days > 31 ? 0.5 : 1.5)

export default function DayChart({ days, onPoint }: DayChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const shown = useRef(days)
  shown.current = days
  const told = useRef(onPoint)
  told.current = onPoint

  useEffect(() => {
    const host = box.current!
    const made = draw(
      host,
      () => shown.current,
      (index) => told.current(index),
    )
    plot.current = made
    const resized = new ResizeObserver(([entry]) => {
      made.setSize({ width: Math.floor(entry!.contentRect.width), height: HEIGHT_PX })
    })
    resized.observe(host)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const recolour = () => made.redraw(false, true)
    scheme.addEventListener('change', recolour)
    return () => {
      resized.disconnect()
      scheme.removeEventListener('change', recolour)
      made.destroy()
    }
  }, [])

  useEffect(() => plot.current?.setData(stack(days)), [days])

  return <div ref={box} class="day-chart" data-chart={days.length} />
}

function draw(host: HTMLElement, days: () => Day[], onPoint: (index: number | null) => void): uPlot {
  const color = (name: string) => getComputedStyle(host).getPropertyValue(`--${name}`)
  const bars = uPlot.paths.bars!({ size: [0.68, 44], radius: 0 })
  const axis = {
    stroke: () => color('ink-faint'),
    font: '12px system-ui, "Open Sans", sans-serif',
    ticks: { show: false },
  }
  let pointed: number | null = null
  return new uPlot(
    {
      width: host.clientWidth,
      height: HEIGHT_PX,
      // The name of the last day stands under its middle.
      padding: [12, ({ width }) => Math.max(0, LABEL_PX / 3 - (width - AXIS_PX) / days().length / 2), 0, 0],
      legend: { show: false },
      cursor: { x: false, y: false, points: { show: false }, drag: { setScale: false, x: false, y: false } },
      scales: {
        x: { time: false, range: () => [-0.6, days().length - 0.4] },
        // Room for at least four, so that a single message does not look like a flood.
        y: { range: (_plot, _least, most) => [0, Math.max(4, most * 1.04)] },
      },
      axes: [
        {
          ...axis,
          size: 28,
          gap: 8,
          grid: { show: false },
          splits: ({ width }) => everyFewDays(days().length, width),
          values: (_plot, splits) => splits.map((index) => dayWords(days()[index]?.day ?? '1970-01-01')),
        },
        {
          ...axis,
          size: AXIS_PX,
          gap: 8,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6, 1e7],
          grid: { stroke: () => color('line'), width: 1 },
          values: (_plot, splits) => splits.map(shortCount),
        },
      ],
      // From the whole bar down to its lowest part: each is drawn over the one before.
      series: [
        {},
        ...FATES.toReversed().map((fate) => ({
          paths: bars,
          points: { show: false },
          fill: () => color(`fate-${fate}`),
          stroke: () => color('surface'),
          width: gapPx(days().length),
        })),
      ],
      hooks: {
        setCursor: [
          (plot) => {
            const index = plot.cursor.idx ?? null
            if (index === pointed) return
            pointed = index
            plot.redraw(false, false)
            onPoint(index)
          },
        ],
        drawClear: [(plot) => pointed !== null && highlight(plot, pointed, color('sunken'))],
      },
    },
    stack(days()),
    host,
  )
}

/** Each series reaches from the ground to the top of its part. */
function stack(days: Day[]): uPlot.AlignedData {
  const tops = days.map((day) => {
    const fates = fatesOf(day)
    let top = 0
    return FATES.map((fate) => {
      top += fates[fate]
      return top
    }).toReversed()
  })
  return [days.map((_day, index) => index), ...FATES.map((_fate, part) => tops.map((parts) => parts[part]!))]
}

/** The last day always has its name, and as many before it as there is room for. */
function everyFewDays(count: number, widthPx: number): number[] {
  const step = Math.max(1, Math.ceil(count / Math.max(1, Math.floor((widthPx - LABEL_PX) / LABEL_PX))))
  const last = count - 1
  return Array.from({ length: count }, (_, index) => index).filter((index) => (last - index) % step === 0)
}

function highlight(plot: uPlot, index: number, color: string) {
  const { ctx, bbox } = plot
  const [left, right] = [index - 0.5, index + 0.5].map((at) => plot.valToPos(at, 'x', true)) as [
    number,
    number,
  ]
  ctx.save()
  ctx.fillStyle = color
  ctx.fillRect(left, bbox.top, right - left, bbox.height)
  ctx.restore()
}
