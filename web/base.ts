// Colours by name, in light and dark, and the few rules every element starts from.

/** Contrast of text on its own ground is 4.5 or more in both schemes, of what a chart shows (`fate-…`) 3 or more. */
export const tokens = `
:root {
  color-scheme: light dark;
  --ground: #f2f6f3; --surface: #ffffff; --sunken: #f0f4f1;
  --line: #e2e9e5; --line-strong: #cdd8d2;
  --ink: #10201a; --ink-soft: #465850; --ink-faint: #627269;
  --accent: #08805e; --accent-strong: #066a4e; --accent-soft: #dcf3e9; --accent-on: #ffffff;
  --neutral: #51635b; --neutral-soft: #e8eeea;
  --good: #07694b; --good-soft: #d9f2e6;
  --info: #1b5bb0; --info-soft: #e3eefc;
  --warn: #855000; --warn-soft: #fdf0d2;
  --bad: #b0281f; --bad-soft: #fde8e5;
  --bubble: #d8f5e3; --chat: #e9efe9;
  --fate-read: #08805e; --fate-delivered: #2b78c5; --fate-sent: #78877f; --fate-waiting: #b07d10; --fate-other: #8b5fb5; --fate-failed: #c93a30;
  --shadow-card: 0 0 0 1px rgb(16 32 26 / .06), 0 1px 2px rgb(16 32 26 / .04), 0 6px 20px -8px rgb(16 32 26 / .08);
  --shadow-float: 0 0 0 1px rgb(16 32 26 / .06), 0 20px 60px -12px rgb(16 32 26 / .35);
  --veil: rgb(12 26 20 / .45);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0b1310; --surface: #131d19; --sunken: #1a2621;
    --line: #22302a; --line-strong: #34463e;
    --ink: #e9f2ed; --ink-soft: #b2c2ba; --ink-faint: #8c9e95;
    --accent: #34c994; --accent-strong: #5cdcae; --accent-soft: #123528; --accent-on: #04261a;
    --neutral: #a7b8b0; --neutral-soft: #22302a;
    --good: #58d9aa; --good-soft: #12372a;
    --info: #8fbdff; --info-soft: #172b47;
    --warn: #f1c26a; --warn-soft: #3a2c10;
    --bad: #ff9c92; --bad-soft: #451d1a;
    --bubble: #0f4a36; --chat: #0e1814;
    --fate-read: #34c994; --fate-delivered: #6aa9f5; --fate-sent: #7f9189; --fate-waiting: #d9a441; --fate-other: #b794e0; --fate-failed: #ff7d70;
    --shadow-card: 0 0 0 1px rgb(255 255 255 / .05);
    --shadow-float: 0 0 0 1px rgb(255 255 255 / .09), 0 20px 60px -12px rgb(0 0 0 / .7);
    --veil: rgb(0 0 0 / .6);
  }
}
`

export const base = `
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; background: var(--ground); color: var(--ink); scroll-padding: 80px; }
body {
  margin: 0; min-height: 100dvh; line-height: 1.5; -webkit-font-smoothing: antialiased;
  font: 15.5px/24px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Open Sans", Ubuntu, sans-serif;
}
h1, h2, h3, p, ul, ol, dl, dd, figure, fieldset { margin: 0; padding: 0; }
ul, ol { list-style: none; } fieldset { border: 0; min-width: 0; }
button, input, select, textarea { font: inherit; color: inherit; margin: 0; }
button { background: none; border: 0; padding: 0; text-align: inherit; cursor: pointer; }
svg { display: block; flex-shrink: 0; }
a { color: var(--accent); text-underline-offset: 3px; }
dialog { border: 0; padding: 0; color: inherit; max-width: none; max-height: none; }
dialog::backdrop { background: var(--veil); }
h1:focus { outline: none; }
:focus-visible { outline: 2.5px solid var(--accent); outline-offset: 2px; }
::selection { background: var(--accent-soft); }
[hidden] { display: none !important; }
.font-mono, code, kbd { font-family: ui-monospace, SFMono-Regular, "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace; }
.seen-by-readers { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; z-index: 40; left: 16px; top: -60px; padding: 10px 16px; border-radius: 12px; background: var(--surface); }
.skip:focus { top: 16px; }
.breathe { animation: breathe 1.6s ease-in-out infinite; }
.bone { background: var(--neutral-soft); border-radius: 8px; animation: breathe 1.6s ease-in-out infinite; }
@keyframes breathe { 50% { opacity: .45; } }
@keyframes rise { from { opacity: 0; transform: translateY(8px); } }
@keyframes slide { from { opacity: .4; transform: translateX(32px); } }
.rise { animation: rise .22s ease-out; }
.slide { animation: slide .2s ease-out; }
@media (prefers-reduced-motion: reduce) { *, ::before, ::after { animation: none !important; transition: none !important; } }
`

/** Shapes that need more than a line of classes: what floats, what slides, what switches. */
export const parts = `
.note { display: flex; gap: 12px; align-items: flex-start; padding: 12px 16px; border-radius: 12px; font-size: 14px; line-height: 20px; }
.note .btn-quiet:hover { background: transparent; text-decoration: underline; }
.empty-sign {
  display: grid; place-items: center; width: 72px; height: 72px; border-radius: 26px 26px 26px 8px;
  background: var(--accent-soft); color: var(--accent);
}
.dialog {
  margin: auto; width: min(480px, calc(100vw - 32px)); max-height: calc(100dvh - 32px); overflow: auto;
  background: var(--surface); border-radius: 22px; box-shadow: var(--shadow-float); animation: rise .2s ease-out;
}
.dialog-body { display: flex; flex-direction: column; gap: 20px; padding: 24px; }
.dialog-foot { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 10px; }
.drawer {
  margin: 0 0 0 auto; width: min(460px, 100vw); height: 100dvh; overflow: auto;
  background: var(--surface); box-shadow: var(--shadow-float); animation: slide .2s ease-out;
}
.drawer .dialog-body { min-height: 100%; padding: 24px 28px; }
.switch {
  appearance: none; position: relative; flex: none; width: 46px; height: 28px; border-radius: 99px; cursor: pointer;
  background: var(--line-strong); transition: background .15s;
}
.switch::after {
  content: ""; position: absolute; inset: 3px auto 3px 3px; width: 22px; border-radius: 50%;
  background: #fff; box-shadow: 0 1px 3px rgb(0 0 0 / .3); transition: transform .15s;
}
.switch:checked { background: var(--accent); }
.switch:checked::after { transform: translateX(18px); }
.notices {
  position: fixed; z-index: 30; right: 20px; bottom: calc(20px + env(safe-area-inset-bottom)); display: grid; gap: 10px;
  width: min(380px, calc(100vw - 40px)); pointer-events: none;
}
.notice {
  display: flex; gap: 12px; align-items: center; padding: 8px 8px 8px 16px; min-height: 52px; border-radius: 14px;
  background: var(--ink); color: var(--ground); font-size: 14px; box-shadow: var(--shadow-float); pointer-events: auto;
}
.notice-close { display: grid; place-items: center; width: 40px; height: 40px; opacity: .7; }
.nav-item {
  display: flex; align-items: center; gap: 12px; min-height: 44px; padding: 0 12px; border-radius: 12px;
  color: var(--ink-soft); font-size: 14.5px; font-weight: 500; text-decoration: none; transition: background .12s;
}
.nav-item:hover { background: color-mix(in srgb, var(--ink) 5%, transparent); color: var(--ink); }
.nav-item[aria-current] { background: var(--accent-soft); color: var(--good); font-weight: 600; }
.tab-bar {
  position: fixed; z-index: 20; inset: auto 0 0 0; display: grid; grid-auto-flow: column; grid-auto-columns: 1fr;
  padding: 6px 4px calc(6px + env(safe-area-inset-bottom)); background: var(--surface); box-shadow: 0 -1px 0 var(--line);
}
.tab {
  display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 2px; min-height: 50px;
  border-radius: 12px; color: var(--ink-faint); font-size: 11.5px; line-height: 15px; font-weight: 550; text-decoration: none;
}
.tab[aria-current] { color: var(--accent); }
.tab svg { padding: 3px 16px; width: 56px; height: 28px; border-radius: 99px; transition: background .15s; }
.tab[aria-current] svg { background: var(--accent-soft); }
.list-row {
  display: flex; align-items: center; gap: 16px; padding: 14px 20px; color: inherit; text-decoration: none;
  transition: background .12s;
}
.list-row + .list-row, li + li > .list-row { box-shadow: 0 -1px 0 var(--line); }
a.list-row:hover, button.list-row:hover { background: var(--sunken); }
.avatar {
  display: grid; place-items: center; flex: none; width: 44px; height: 44px; border-radius: 16px 16px 16px 5px;
  font-weight: 650; font-size: 15px;
}
.chat-ground { background: var(--chat); border-radius: 18px; }
.bubble {
  position: relative; align-self: flex-end; max-width: 92%; padding: 8px 12px 6px; border-radius: 16px 16px 4px 16px;
  background: var(--bubble); color: var(--ink); box-shadow: 0 1px 1px rgb(0 0 0 / .08); white-space: pre-wrap; overflow-wrap: anywhere;
}
.bubble-in { align-self: flex-start; background: var(--surface); border-radius: 16px 16px 16px 4px; }
.bubble-foot { display: flex; justify-content: flex-end; align-items: center; gap: 4px; margin-top: 2px; font-size: 11.5px; line-height: 16px; color: var(--ink-soft); }
.qr-frame { width: min(300px, 100%); aspect-ratio: 1; padding: 10px; border-radius: 22px; background: #fff; box-shadow: 0 0 0 1px var(--line-strong); }
.qr-frame > div { border-radius: 14px; }
.pairing-code { display: flex; gap: 14px; font: 650 30px/36px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; letter-spacing: .14em; }
.step-now { background: var(--surface); box-shadow: inset 0 0 0 1.5px var(--accent); }
.facts { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 8px 20px; font-size: 14px; line-height: 20px; }
.facts dt { color: var(--ink-faint); }
.fresh { box-shadow: inset 0 0 0 1.5px var(--accent), var(--shadow-card); }
.code-block {
  margin: 0; padding: 16px 18px; white-space: pre-wrap; overflow-wrap: anywhere; border-radius: 14px; background: #0d1b16; color: #d5efe3;
  font: 13px/21px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; tab-size: 2;
}
kbd { padding: 1px 6px; border-radius: 6px; background: var(--sunken); box-shadow: 0 0 0 1px var(--line-strong); font-size: 12px; }
.sea { position: absolute; inset: auto 0 0 0; width: 100%; height: 62%; }
.welcome-side { position: relative; overflow: hidden; background: linear-gradient(160deg, #0a3b30 0%, #07684e 62%, #0b8a66 100%); color: #e9fff6; }
.steps { counter-reset: step; display: grid; gap: 14px; }
.steps > li { display: grid; grid-template-columns: 28px 1fr; gap: 12px; align-items: start; counter-increment: step; }
.steps > li::before {
  content: counter(step); display: grid; place-items: center; width: 26px; height: 26px; border-radius: 50%;
  background: var(--accent-soft); color: var(--good); font-size: 13px; font-weight: 650;
}
.timeline > li { position: relative; padding: 0 0 18px 28px; }
.timeline > li::before { content: ""; position: absolute; left: 4px; top: 6px; width: 10px; height: 10px; border-radius: 50%; background: var(--accent); }
.timeline > li:not(:last-child)::after { content: ""; position: absolute; left: 8px; top: 20px; bottom: -2px; width: 2px; background: var(--line); }
.quiet-link { color: inherit; text-decoration: none; } .quiet-link:hover { text-decoration: underline; }
.swatch { flex: none; width: 10px; height: 10px; border-radius: 3px; background: currentColor; }
${['read', 'delivered', 'sent', 'waiting', 'other', 'failed'].map((fate) => `.fate-${fate} { background: var(--fate-${fate}); }`).join(' ')}
.fate-bar { display: flex; gap: 1px; height: 8px; min-width: 2px; border-radius: 3px; overflow: hidden; } .fate-bar > span { min-width: 1px; flex-basis: 0; }
.figure-cells { display: grid; grid-template-columns: repeat(auto-fit, minmax(max(25%, 150px), 1fr)); overflow: hidden; }
.figure-cells > * { box-shadow: -1px -1px 0 var(--line); }
.fate-key { display: grid; grid-template-columns: 1fr 1.2fr 1fr; gap: 8px 12px; }
@media (min-width: 560px) { .fate-key { grid-template-columns: 1fr 1.35fr 1.1fr 1fr 1fr 1fr; } }
.day-chart { height: 220px; }
.uplot { position: relative; } .u-wrap { position: relative; user-select: none; } .u-over, .u-under { position: absolute; }
.u-over { z-index: 1; } .u-under { overflow: hidden; } .uplot canvas { display: block; width: 100%; height: 100%; } .u-axis { position: absolute; }
.u-select, .u-cursor-x, .u-cursor-y { display: none; }
.figure-table { width: 100%; border-collapse: collapse; font-size: 14px; line-height: 20px; font-variant-numeric: tabular-nums; white-space: nowrap; }
.figure-table caption { caption-side: bottom; text-align: left; padding: 10px 16px 16px; white-space: normal; }
.figure-table :is(th, td) { padding: 8px 12px; text-align: right; box-shadow: inset 0 -1px 0 var(--line); }
.figure-table th { font-weight: 600; } .figure-table thead th { color: var(--ink-faint); font-weight: 500; }
.figure-table :is(th, td):first-child { text-align: left; padding-left: 16px; } .figure-table :is(th, td):last-child { padding-right: 16px; }
@media (min-width: 800px) { .figure-table :is(th, td):first-child, .figure-table caption { padding-left: 20px; } .figure-table :is(th, td):last-child { padding-right: 20px; } }
select.input {
  appearance: none; padding-right: 40px; background-repeat: no-repeat; background-position: right 14px center; text-overflow: ellipsis;
  background-image: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='12' height='12' viewBox='0 0 12 12' fill='none' stroke='%237d8e86' stroke-width='1.8' stroke-linecap='round' stroke-linejoin='round'%3E%3Cpath d='M2.500 4.500 6 8l3.500-3.500'/%3E%3C/svg%3E");
}
.menu { position: relative; }
.menu > summary { list-style: none; } .menu > summary::-webkit-details-marker { display: none; }
.menu-list {
  position: absolute; z-index: 25; right: 0; top: calc(100% + 8px); min-width: 220px; padding: 8px; border-radius: 16px;
  background: var(--surface); box-shadow: var(--shadow-float);
}
@media (max-width: 799.9px) {
  .notices { left: 20px; right: 20px; width: auto; bottom: calc(84px + env(safe-area-inset-bottom)); }
  .drawer { margin: auto 0 0 0; width: 100vw; height: auto; max-height: 92dvh; border-radius: 22px 22px 0 0; animation: rise .2s ease-out; }
  .drawer .dialog-body { padding: 20px; }
  .list-row { padding: 14px 16px; gap: 12px; }
}
`
