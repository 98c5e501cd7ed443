// At most two browsers start at once; the others wait for their turn in order.

export interface StartSlots {
  /** Resolves when it is this one's turn, with the function that gives the turn back (safe to call twice). */
  take(): Promise<() => void>
}

export function createStartSlots(count = 2): StartSlots {
  const waiting: (() => void)[] = []
  let free = count

  function giveBack(): void {
    const next = waiting.shift()
    if (next) next()
    else free++
  }

  return {
    async take() {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      let given = false
      return () => {
        if (given) return
        given = true
        giveBack()
      }
    },
  }
}
