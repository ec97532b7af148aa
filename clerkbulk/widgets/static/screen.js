// The page's half of a screen. It draws the tree that Python sends and sends back what people do; it decides nothing.
// Everything travels by custom message: traits are saved with a notebook, and nobody's address belongs there.
// `preact` is put in front of this file by screen.py.

const { html, render: draw, useState, useEffect, useLayoutEffect, useRef } = preact

const PIECE = 512 * 1024 // bytes of one message: front ends cut off longer ones
const PAUSE = 200 // milliseconds after the last key until Python hears of it

let numbers = 0

function Screen({ model, el }) {
  const [view, setView] = useState(null)
  const [gone, setGone] = useState(false)
  const wire = useRef(null)
  if (!wire.current) wire.current = new Wire(model, el)
  useEffect(() => {
    const stop = wire.current.open(setView)
    // A page that outlives its kernel says so instead of looking alive.
    const late = setTimeout(() => setGone(true), 8000)
    return () => {
      clearTimeout(late)
      stop()
    }
  }, [])
  if (!view) {
    return html`<p class="cb-dim" role="status">
      ${gone ? 'Nobody answers: run the cell again.' : 'Getting the form …'}
    </p>`
  }
  return html`<${Node} node=${view} wire=${wire.current} />`
}

class Wire {
  constructor(model, root) {
    this.model = model
    this.root = root
    this.grids = new Map()
    this.acks = new Map()
    this.parts = new Map()
  }

  open(setView) {
    const hear = (message, buffers) => {
      if (message.kind === 'view') setView(message.view)
      else if (message.kind === 'rows') this.grids.get(message.grid)?.(message)
      else if (message.kind === 'ack') this.acks.get(message.upload)?.(message)
      else if (message.kind === 'file') this.receive(message, buffers)
      else if (message.kind === 'focus') focusOn(this.root, message.name)
    }
    this.model.on('msg:custom', hear)
    this.model.send({ kind: 'hello' })
    return () => this.model.off('msg:custom', hear)
  }

  tell(name, value) {
    this.model.send({ kind: 'event', name, value })
  }

  // A file leaves in pieces, each after the one before it has arrived.
  async upload(name, file) {
    const upload = `${Date.now()}-${++numbers}`
    for (let start = 0; start === 0 || start < file.size; start += PIECE) {
      const piece = await file.slice(start, start + PIECE).arrayBuffer()
      const ended = start + PIECE >= file.size
      const heard = new Promise((done) => this.acks.set(upload, done))
      this.model.send({ kind: 'upload', name, upload, file: file.name, size: file.size, start, ended }, undefined, [piece])
      if ((await heard).stop) break
    }
    this.acks.delete(upload)
  }

  receive({ file, type, ended, download }, buffers) {
    const pieces = this.parts.get(download) ?? []
    this.parts.set(download, [...pieces, ...buffers])
    if (!ended) return
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob(this.parts.get(download), { type }))
    link.download = file
    document.body.append(link)
    link.click()
    link.remove()
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
    this.parts.delete(download)
  }
}

function focusOn(root, name) {
  setTimeout(() => root?.querySelector(`[data-name="${CSS.escape(name)}"]`)?.focus(), 50)
}

function Node({ node, wire }) {
  if (node === null || node === undefined) return null
  if (typeof node === 'string') return node
  const Kind = KINDS[node.t]
  return Kind ? html`<${Kind} key=${node.key ?? node.name} ...${node} wire=${wire} />` : null
}

const inside = (nodes, wire) =>
  (nodes ?? []).map((node, at) => html`<${Node} key=${node?.key ?? node?.name ?? at} node=${node} wire=${wire} />`)

function Box({ as = 'group', k, label, wire, tone }) {
  const style = `cb-${as}${tone ? ` cb-${tone}` : ''}`
  if (as === 'section' || as === 'card')
    return html`<section class=${style} aria-label=${label}>${inside(k, wire)}</section>`
  if (as === 'fields')
    return html`<fieldset class=${style}><legend>${label}</legend>${inside(k, wire)}</fieldset>`
  return html`<div class=${style} role=${label ? 'group' : undefined} aria-label=${label}>${inside(k, wire)}</div>`
}

function Text({ as = 'p', text, tone }) {
  const Tag = as
  return html`<${Tag} class=${tone ? `cb-${tone}` : ''}>${text}</${Tag}>`
}

// A notice is spoken: at once when something is wrong, in its turn otherwise.
function Notice({ tone = 'info', text, k, wire }) {
  return html`<div class=${`cb-notice cb-${tone}`} role=${tone === 'error' || tone === 'live' ? 'alert' : 'status'}>
    ${text}${inside(k, wire)}
  </div>`
}

function Field(props) {
  const { name, label, kind = 'text', value, help, error, warning, options, placeholder, disabled, rows, wire } = props
  const [id] = useState(() => `cb-${++numbers}`)
  const [text, setText] = useState(value ?? '')
  const [told, setTold] = useState(value ?? '')
  const box = useRef(null)
  const timer = useRef(0)
  // While somebody types, what they typed stands; what Python says wins when it says something new by itself.
  useLayoutEffect(() => {
    if ((value ?? '') !== told || document.activeElement !== box.current) {
      clearTimeout(timer.current)
      setText(value ?? '')
      setTold(value ?? '')
    }
  }, [value])
  const tell = (next, now) => {
    setText(next)
    clearTimeout(timer.current)
    const send = () => {
      setTold(next)
      wire.tell(name, next)
    }
    if (now) send()
    else timer.current = setTimeout(send, PAUSE)
  }
  const about = [error && `${id}-error`, warning && `${id}-warning`, help && `${id}-help`].filter(Boolean).join(' ')
  const common = {
    id, ref: box, disabled, 'data-name': name, 'aria-describedby': about || undefined, 'aria-invalid': error ? 'true' : undefined,
  }
  const typing = {
    ...common, value: text, placeholder, autocomplete: 'off', spellcheck: false,
    onInput: (event) => tell(event.target.value, false),
    onChange: (event) => tell(event.target.value, true),
  }
  let input
  if (kind === 'checkbox') {
    input = html`<input type="checkbox" ...${common} checked=${Boolean(value)} onChange=${(event) => wire.tell(name, event.target.checked)} />`
  } else if (kind === 'select') {
    input = html`<select ...${common} value=${value ?? ''} onChange=${(event) => wire.tell(name, event.target.value)}>
      ${options.map(([key, words]) => html`<option key=${key} value=${key} selected=${key === (value ?? '')}>${words}</option>`)}
    </select>`
  } else if (kind === 'textarea') {
    input = html`<textarea rows=${rows ?? 4} ...${typing}></textarea>`
  } else if (kind === 'secret') {
    input = html`<${Secret} common=${common} name=${name} wire=${wire} placeholder=${placeholder} />`
  } else {
    input = html`<input type=${kind} ...${typing} />`
  }
  return html`<div class=${`cb-field cb-field-${kind}${error ? ' cb-has-error' : ''}`}>
    <label for=${id}>${label}</label>
    ${input}
    ${error && html`<div id=${`${id}-error`} class="cb-error cb-said">${error}</div>`}
    ${warning && html`<div id=${`${id}-warning`} class="cb-warning cb-said">${warning}</div>`}
    ${help && html`<div id=${`${id}-help`} class="cb-help">${help}</div>`}
  </div>`
}

// What is typed here leaves at once and the box is empty again: a key is never shown, kept or saved.
function Secret({ common, name, wire, placeholder }) {
  const leave = (event) => {
    const given = event.target.value
    event.target.value = ''
    if (given) wire.model.send({ kind: 'secret', name, value: given })
  }
  return html`<input type="password" ...${common} placeholder=${placeholder} autocomplete="off" onChange=${leave} />`
}

function Button({ name, label, tone = 'plain', disabled, value, title, wire }) {
  return html`<button type="button" class=${`cb-button cb-${tone}`} data-name=${name} disabled=${disabled} title=${title}
    onClick=${() => wire.tell(name, value ?? true)}>${label}</button>`
}

// Filters, tabs and steps: one of several, each with its number.
function Choices({ name, label, value, options, as = 'filters', wire }) {
  return html`<div class=${`cb-${as}`} role="group" aria-label=${label}>
    ${options.map(
      ([key, words, count, state]) => html`<button type="button" key=${key} data-name=${`${name}:${key}`}
        class=${`cb-choice${state ? ` cb-${state}` : ''}`} disabled=${state === 'closed'}
        aria-pressed=${as === 'steps' ? undefined : key === value} aria-current=${as === 'steps' && key === value ? 'step' : undefined}
        onClick=${() => wire.tell(name, key)}>
        <span>${words}</span>${count !== undefined && count !== null ? html` <span class="cb-count">${count}</span>` : null}
      </button>`
    )}
  </div>`
}

function Table({ head, rows, caption, numbers: right = [] }) {
  return html`<div class="cb-scroll" tabindex="0" role="region" aria-label=${caption}><table>
    <caption>${caption}</caption>
    <thead><tr>${head.map((text, at) => html`<th scope="col" class=${right.includes(at) ? 'cb-number' : ''}>${text}</th>`)}</tr></thead>
    <tbody>${rows.map(
      (row) => html`<tr>${row.map((text, at) => html`<td class=${right.includes(at) ? 'cb-number' : ''}>${text}</td>`)}</tr>`
    )}</tbody>
  </table></div>`
}

function Code({ text, language, label, wire }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await copyText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), 2000)
  }
  return html`<div class="cb-code">
    <pre tabindex="0" aria-label=${label ?? language}><code>${text}</code></pre>
    <button type="button" class="cb-button cb-small" onClick=${copy}>${copied ? 'Copied' : 'Copy'}</button>
    <span class="cb-spoken" role="status">${copied ? 'Copied' : ''}</span>
  </div>`
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    document.body.append(area)
    area.select()
    document.execCommand('copy')
    area.remove()
  }
}

function Progress({ value, max, label }) {
  return html`<div class="cb-progress">
    <progress value=${value} max=${max || 1} aria-label=${label}></progress><span>${label}</span>
  </div>`
}

const SVG = 'http://www.w3.org/2000/svg'
const SHAPES = new Set([
  'svg', 'g', 'path', 'rect', 'circle', 'ellipse', 'line', 'polyline', 'polygon', 'text', 'tspan', 'title', 'desc',
  'defs', 'clipPath', 'pattern', 'use',
])

// Python's drawing as elements, or null when it holds anything but shapes and texts: nothing in it may run or fetch.
function drawn(svg) {
  const root = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement
  // matplotlib puts one in, and it would hold for the whole page.
  root.querySelectorAll('style').forEach((style) => style.remove())
  for (const one of [root, ...root.querySelectorAll('*')]) {
    if (one.namespaceURI !== SVG || !SHAPES.has(one.localName)) return null
    for (const { localName, value } of one.attributes) {
      const leads = localName === 'href' && !value.startsWith('#')
      const fetches = /url\(\s*(?!#)|@import|javascript:/i.test(value)
      if (/^on/i.test(localName) || leads || fetches) return null
    }
  }
  if (root.localName !== 'svg') return null
  // What it shows is said around it, once; a title here would follow the pointer everywhere.
  root.querySelectorAll('title, desc').forEach((words) => words.remove())
  root.removeAttribute('aria-labelledby')
  root.removeAttribute('role')
  root.removeAttribute('style') // how wide it may be is the form's own affair
  root.setAttribute('aria-hidden', 'true')
  return document.importNode(root, true)
}

function Drawing({ svg, fit }) {
  const box = useRef(null)
  useLayoutEffect(() => {
    box.current.replaceChildren(drawn(svg) ?? 'This drawing is none of ours, and is not shown.')
  }, [svg])
  return html`<div ref=${box} class=${`cb-drawing${fit}`}></div>`
}

// The page shows the width that fits (screen.css).
function Picture({ svg, narrow, label }) {
  return html`<div class=${`cb-picture${narrow ? ' cb-plot' : ''}`} role="img" aria-label=${label}>
    <${Drawing} svg=${svg} fit=${narrow ? ' cb-wide' : ''} />
    ${narrow && html`<${Drawing} svg=${narrow} fit=" cb-narrow" />`}
  </div>`
}

// A whole as a bar of its parts, and what each of them is.
function Parts({ label, parts }) {
  const whole = parts.reduce((sum, [, number]) => sum + number, 0)
  const colour = (of) => ({ background: `var(--cb-${of})` })
  return html`<div class="cb-parts cb-plot" role="group" aria-label=${label}>
    <div class="cb-bar" aria-hidden="true">
      ${parts.map(([, number, of]) => html`<i style=${{ ...colour(of), width: `${(100 * number) / (whole || 1)}%` }}></i>`)}
    </div>
    <ul>${parts.map(([words, number, of]) => html`<li><i style=${colour(of)}></i>${number.toLocaleString('en')} ${words}</li>`)}</ul>
  </div>`
}

function Details({ summary, k, open, wire }) {
  return html`<details open=${open}><summary>${summary}</summary>${inside(k, wire)}</details>`
}

function Drop({ name, label, help, accept, busy, wire }) {
  const [over, setOver] = useState(false)
  const [id] = useState(() => `cb-${++numbers}`)
  const take = (file) => file && wire.upload(name, file)
  return html`<div class=${`cb-drop${over ? ' cb-over' : ''}`}
    onDragOver=${(event) => { event.preventDefault(); setOver(true) }}
    onDragLeave=${() => setOver(false)}
    onDrop=${(event) => { event.preventDefault(); setOver(false); take(event.dataTransfer.files[0]) }}>
    <label for=${id}>${label}</label>
    <input id=${id} type="file" data-name=${name} accept=${accept} disabled=${busy}
      onChange=${(event) => { take(event.target.files[0]); event.target.value = '' }} />
    ${help && html`<div class="cb-help">${help}</div>`}
  </div>`
}

// Asks Python to look again after a while. Every view that arrives sets it anew: a busy kernel is not asked twice.
function Pulse({ name, seconds, wire }) {
  useEffect(() => {
    const timer = setTimeout(() => wire.tell(name, true), seconds * 1000)
    return () => clearTimeout(timer)
  })
  return null
}

const ROW = 32 // pixels
const SPARE = 8 // rows drawn above and below

// Only the rows in sight are in the page; the others stay in Python.
function Grid({ name, columns, total, revision, height = 420, label, wire }) {
  const [top, setTop] = useState(0)
  const [rows, setRows] = useState({ start: 0, rows: [], revision: -1 })
  const [cell, setCell] = useState({ row: 0, column: 0 })
  const [edit, setEdit] = useState(null)
  const open = useRef(null) // the edit as it is at this moment: whatever ends it ends it once
  const box = useRef(null)
  const held = useRef(false)
  const [inside, setInside] = useState(false)
  const hold = (whether) => {
    held.current = whether
    setInside(whether)
  }
  const first = Math.max(0, Math.floor(top / ROW) - SPARE)
  const last = Math.min(total, Math.ceil((top + height) / ROW) + SPARE)
  useEffect(() => {
    wire.grids.set(name, setRows)
    return () => wire.grids.delete(name)
  }, [name])
  useEffect(() => {
    wire.model.send({ kind: 'page', grid: name, start: first, stop: last, revision })
  }, [name, first, last, revision, total])
  // The cursor follows the current cell only while it is in the grid at all: also after an edit has ended.
  useLayoutEffect(() => {
    if (held.current && !edit) box.current?.querySelector('[data-current]')?.focus({ preventScroll: true })
  })
  // To another column the grid follows sideways; after that it stays where somebody scrolls it.
  useLayoutEffect(() => {
    const at = inside && box.current?.querySelector('[data-current]')
    if (!at) return
    const view = box.current
    if (at.offsetLeft < view.scrollLeft) view.scrollLeft = at.offsetLeft
    else if (at.offsetLeft + at.offsetWidth > view.scrollLeft + view.clientWidth) {
      view.scrollLeft = Math.min(at.offsetLeft, at.offsetLeft + at.offsetWidth - view.clientWidth)
    }
  }, [inside, cell.column])
  const rowAt = (at) => rows.rows[at - rows.start]
  const move = (row, column) => {
    const next = { row: Math.max(0, Math.min(total - 1, row)), column: Math.max(0, Math.min(columns.length - 1, column)) }
    setCell(next)
    const above = next.row * ROW
    const view = box.current
    if (above < view.scrollTop) view.scrollTop = above
    else if (above + 2 * ROW > view.scrollTop + view.clientHeight) view.scrollTop = above + 2 * ROW - view.clientHeight
  }
  // Where the cursor is: what is wrong with the row is told beside the grid.
  useEffect(() => {
    const row = rowAt(cell.row)
    if (!inside || !row) return
    const later = setTimeout(() => wire.tell(`${name}.at`, { line: row.line, column: columns[cell.column]?.name }), 120)
    return () => clearTimeout(later)
  }, [inside, cell.row, cell.column, rowAt(cell.row)?.line])
  const change = (next) => {
    open.current = next
    setEdit(next)
  }
  const begin = (text, at = cell) => {
    const row = rowAt(at.row)
    const column = columns[at.column]
    if (!row || !column?.edit) return
    const there = row.cells[at.column].whole ?? row.cells[at.column].text
    change({ line: row.line, column: column.name, text: text ?? there, there })
  }
  const keep = (step) => {
    const done = open.current
    if (!done) return
    change(null)
    if (done.text !== done.there) wire.tell(`${name}.edit`, { line: done.line, column: done.column, text: done.text })
    if (step) move(cell.row + step, cell.column)
  }
  const keys = (event) => {
    if (edit) return
    const page = Math.floor(height / ROW) - 1
    const steps = {
      ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-page, 0], PageDown: [page, 0],
    }
    if (steps[event.key]) move(cell.row + steps[event.key][0], cell.column + steps[event.key][1])
    else if (event.key === 'Home') move(event.ctrlKey ? 0 : cell.row, 0)
    else if (event.key === 'End') move(event.ctrlKey ? total - 1 : cell.row, columns.length - 1)
    else if (event.key === 'Enter' || event.key === 'F2') begin()
    else if (event.key === ' ') rowAt(cell.row) && wire.tell(`${name}.mark`, rowAt(cell.row).line)
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) begin(event.key)
    else return
    event.preventDefault()
  }
  const shown = []
  for (let at = first; at < last; at++) shown.push([at, rowAt(at)])
  const widths = columns.map((column) => column.width ?? 'minmax(11em, 1fr)').join(' ')
  // Heading and rows are as wide as each other, whatever their cells hold.
  const least = `calc(${columns.map((column) => column.width ?? '11em').join(' + ')})`
  return html`<div class="cb-grid" role="grid" aria-label=${label} aria-rowcount=${total + 1} aria-colcount=${columns.length}
      ref=${box} style=${{ maxHeight: `${height}px`, '--cb-columns': widths, '--cb-least': least }} onKeyDown=${keys}
      onfocusin=${() => hold(true)}
      onfocusout=${(event) => { if (event.relatedTarget && !box.current.contains(event.relatedTarget)) hold(false) }}
      onScroll=${(event) => setTop(event.target.scrollTop)}>
    <div class="cb-grid-head" role="row" aria-rowindex="1">
      ${columns.map((column) => html`<div role="columnheader" title=${column.title ?? column.label}>${column.label}</div>`)}
    </div>
    <div role="rowgroup" style=${{ height: `${total * ROW}px`, position: 'relative' }}>
      ${shown.map(([at, row]) => html`<div key=${at} role="row" aria-rowindex=${at + 2}
          class=${`cb-row${row?.state ? ` cb-row-${row.state}` : ''}`} style=${{ top: `${at * ROW}px`, height: `${ROW}px` }}>
        ${columns.map((column, place) => {
          const given = row?.cells[place]
          const current = at === cell.row && place === cell.column
          if (current && edit && row && edit.line === row.line && edit.column === column.name) {
            return html`<div role="gridcell" class="cb-cell"><input class="cb-edit" aria-label=${column.label} value=${edit.text}
              ref=${(input) => input && document.activeElement !== input && input.focus()}
              onInput=${(event) => change({ ...edit, text: event.target.value })}
              onBlur=${() => keep(0)}
              onKeyDown=${(event) => {
                // The grid must not hear the key that ends an edit: for it, Enter begins one.
                event.stopPropagation()
                if (event.key === 'Enter') { event.preventDefault(); keep(event.shiftKey ? -1 : 1) }
                else if (event.key === 'Escape') { event.preventDefault(); change(null) }
              }} /></div>`
          }
          return html`<div role="gridcell" tabindex=${current ? 0 : -1} data-current=${current ? true : undefined}
            class=${`cb-cell${given?.mark ? ` cb-mark-${given.mark}` : ''}${given?.edited ? ' cb-edited' : ''}`}
            aria-invalid=${given?.mark === 'error' ? 'true' : undefined} aria-readonly=${column.edit ? undefined : 'true'}
            title=${given?.said ?? given?.text}
            onClick=${() => setCell({ row: at, column: place })}
            onDblClick=${() => { setCell({ row: at, column: place }); begin(undefined, { row: at, column: place }) }}>
            ${given ? given.text : '…'}${given?.said ? html`<span class="cb-spoken">, ${given.said}</span>` : null}
          </div>`
        })}
      </div>`)}
    </div>
  </div>`
}

const KINDS = {
  box: Box, text: Text, notice: Notice, field: Field, button: Button, choices: Choices, table: Table, code: Code,
  progress: Progress, picture: Picture, details: Details, drop: Drop, grid: Grid,
  pulse: Pulse, parts: Parts,
}

function render({ model, el }) {
  el.classList.add('clerkbulk')
  // Typing must not reach the notebook: "d d" there deletes the cell. Notebook 7 hears keys before they come here, and
  // leaves out only an element that is itself marked so.
  el.addEventListener('focusin', (event) => event.target.setAttribute('data-lm-suppress-shortcuts', 'true'))
  for (const kind of ['keydown', 'keypress', 'keyup']) {
    el.addEventListener(kind, (event) => event.stopPropagation())
  }
  draw(html`<${Screen} model=${model} el=${el} />`, el)
  return () => draw(null, el)
}

export default { render }
