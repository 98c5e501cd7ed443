// What narrows a list: a search, choices, and a way back to all of it. The filter stands in the address.
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso/router'
import { queryString } from '../api.ts'
import { Icon } from './icon.tsx'

/** The filter that the address holds, as a query string too, and the way to another one. */
export function useAddressFilter<Name extends string>(names: readonly Name[]) {
  const { path, query, route } = useLocation()
  type Filter = Partial<Record<Name, string>>
  const filter = Object.fromEntries(
    names.flatMap((name) => (query[name] ? [[name, query[name]]] : [])),
  ) as Filter
  const change = (next: Filter) => route(path + queryString(next), true)
  return { filter, inAddress: queryString(filter), change }
}

interface FiltersProps {
  /** What is filtered, for who hears the page. */
  of: string
  /** False: nothing is filtered. */
  clear: false | (() => void)
  children: ComponentChildren
}

export function Filters({ of, clear, children }: FiltersProps) {
  return (
    <search class="flex flex-wrap gap-2.5" aria-label={`Filter ${of}`}>
      {children}
      {clear && (
        <button type="button" class="btn-quiet" onClick={clear}>
          <Icon name="close" size={16} />
          Clear
        </button>
      )}
    </search>
  )
}

interface SearchProps {
  label: string
  placeholder: string
  value: string
  set: (q: string) => void
}

/** Searches when the typing rests, not at each letter. */
export function Search({ label, placeholder, value, set }: SearchProps) {
  const id = useId()
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  useEffect(() => {
    if (typed.trim() === value) return
    const timer = setTimeout(() => set(typed.trim()), 350)
    return () => clearTimeout(timer)
  }, [typed])
  return (
    <div class="relative flex-1 min-w-60">
      <label for={id} class="seen-by-readers">
        {label}
      </label>
      <Icon name="search" size={18} class="absolute left-3.5 top-3.25 text-ink-faint" />
      <input
        id={id}
        type="search"
        class="input pl-10.5"
        placeholder={placeholder}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </div>
  )
}

interface ChoiceProps {
  label: string
  value: string | undefined
  all: string
  options: [value: string, word: string][]
  set: (value: string) => void
}

export function Choice({ label, value, all, options, set }: ChoiceProps) {
  return (
    <select
      class={`input w-auto! flex-grow sm:flex-grow-0 text-sm! ${value ? 'font-semibold' : ''}`}
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => set(event.currentTarget.value)}
    >
      <option value="">{all}</option>
      {options.map(([option, word]) => (
        <option key={option} value={option}>
          {word}
        </option>
      ))}
    </select>
  )
}
