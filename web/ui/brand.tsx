// The mark: a speech bubble that carries a wave; and the sea behind the sign-in screens.

export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 32 32">
      <path
        class="fill-accent"
        d="M10 2h12a8 8 0 0 1 8 8v9a8 8 0 0 1-8 8h-7.200l-5.600 3.700A1.400 1.400 0 0 1 7 29.500v-2.900A8 8 0 0 1 2 19v-9a8 8 0 0 1 8-8z"
      />
      <path
        class="stroke-accent-on"
        fill="none"
        stroke-width="2.600"
        stroke-linecap="round"
        d="M7.500 15.500c2.200-5.600 5-5.600 7.400-1.200s5 5.600 9.600-1.800"
      />
    </svg>
  )
}

export function Wordmark() {
  return (
    <span class="row gap-2.5 text-ink">
      <Mark size={30} />
      <span class="text-lg font-bold tracking-tight">BotWave</span>
    </span>
  )
}

/** Layers of one line, each a little lower and a little lighter. */
export function Sea() {
  return (
    <svg aria-hidden="true" class="sea" viewBox="0 0 800 420" preserveAspectRatio="none">
      {[0, 1, 2, 3].map((layer) => (
        <path
          key={layer}
          fill="currentColor"
          opacity={0.1 + layer * 0.05}
          d={`M0 ${90 + layer * 78}c130 ${-90 + layer * 26} 260 ${-70 + layer * 12} 400 ${6 - layer * 10}s270 ${
            64 - layer * 30
          } 400 ${-18 + layer * 8}V420H0z`}
        />
      ))}
    </svg>
  )
}
