// The looks. Sizes are in em of the reader's own default size: the page around changes nothing here but the custom
// properties `--ampoule-*`.

const light = `
  --back: #fff; --card: #f2f5f3; --ink: #1b2420; --soft: #55625b; --line: #7c8a83; --mine: #dcebe3;
  --accent: var(--ampoule-accent, #1f5f48); --accent-ink: var(--ampoule-accent-ink, #fff);
  --danger: #a3101c; --danger-ink: #fff; --danger-back: #fdecec; color-scheme: light;`;
const dark = `
  --back: #161a18; --card: #222925; --ink: #eef2ef; --soft: #b9c4be; --line: #86938c; --mine: #23443a;
  --accent: var(--ampoule-accent-dark, #8fd4b8); --accent-ink: var(--ampoule-accent-dark-ink, #10221b);
  --danger: #ffb4ab; --danger-ink: #3b0607; --danger-back: #43191a; color-scheme: dark;`;

export const CSS = `
:host {
  all: initial !important;
  position: fixed !important; display: block !important; inset: auto !important;
  inset-block-end: var(--ampoule-offset, 1em) !important; inset-inline-end: var(--ampoule-offset, 1em) !important;
  z-index: var(--ampoule-z, 2147483000) !important;
  font-family: var(--ampoule-font, system-ui, sans-serif) !important; line-height: 1.5 !important;
  ${light}
}
:host([position=left]) { inset-inline: var(--ampoule-offset, 1em) auto !important; }
:host([inline]) { position: static !important; block-size: 100% !important; }
:host([thread]) .bar:not(.urgent) { display: none; } /* The portal's page has it above. */
:host([thread]) .bar.urgent { font-size: 1.1em; padding-block: .4em; }
@media (prefers-color-scheme: dark) { :host(:not([theme=light])) { ${dark} } }
:host([theme=dark]) { ${dark} }
@media (forced-colors: active) {
  :host, :host(:not([theme=light])), :host([theme=dark]) { --ink: CanvasText; --soft: CanvasText; --danger: CanvasText; --danger-ink: LinkText; --accent: ButtonText; --accent-ink: ButtonText; }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, ul { margin: 0; }
h2 { font-size: 1.05em; }
h3 { font-size: 1em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }

button { font: inherit; min-block-size: 2.75em; padding: .4em 1em; border-radius: .5em; border: 1px solid var(--accent); background: var(--accent); color: var(--accent-ink); cursor: pointer; }
button.quiet { background: var(--back); color: var(--accent); }
button[aria-disabled] { cursor: progress; border-style: dashed; }
button[aria-pressed=true]::before { content: "\u2713 "; }
button[aria-pressed=true] { background: var(--accent); color: var(--accent-ink); }
.launcher { display: flex; gap: .5em; align-items: center; font-weight: 600; border-radius: 2em; padding: .75em 1.25em; border: 2px solid var(--back); box-shadow: 0 2px 10px #0006; }
.drop { inline-size: 1em; block-size: 1em; background: currentcolor; border-radius: 0 50% 50%; transform: rotate(45deg); }

.panel {
  display: flex; flex-direction: column; inline-size: min(26em, 100vw - 2em); block-size: min(46em, 100vh - 2em); block-size: min(46em, 100dvh - 2em);
  background: var(--back); color: var(--ink); border: 1px solid var(--line); border-radius: var(--ampoule-radius, .75em); overflow: hidden; box-shadow: 0 4px 24px #0006;
}
:host([inline]) .panel { inline-size: 100%; block-size: 100%; border: 0; border-radius: 0; box-shadow: none; }
.bar { display: block; padding: .4em 1em; background: var(--danger); color: var(--danger-ink); font-weight: 600; text-align: center; border: 1px solid var(--danger); }
.bar.urgent { font-size: 1.4em; padding: .8em .5em; }
.bar:focus-visible { outline-color: var(--danger-ink); outline-offset: -4px; }
.head { position: relative; display: flex; gap: .5em; align-items: center; padding: .5em 1em; border-block-end: 1px solid var(--line); }
.head > div:first-child { flex: 1; }
.close { font-size: 1.25em; min-inline-size: 2.25em; min-block-size: 2.25em; padding: 0; }
summary { cursor: pointer; min-block-size: 1.6em; color: var(--accent); text-decoration: underline; }
.menu > summary { padding: .4em .25em; }
.items { position: absolute; z-index: 1; inset-inline-end: .5em; inset-block-start: 100%; inline-size: min(20em, 90%); display: grid; gap: .5em; padding: .75em; background: var(--back); border: 1px solid var(--line); border-radius: .5em; box-shadow: 0 4px 12px #0005; max-block-size: 60vh; overflow: auto; }

.scroll { flex: 1; min-block-size: 0; overflow: auto; overscroll-behavior: contain; padding: .75em 1em; display: flex; flex-direction: column; gap: .5em; position: relative; }
.log { display: flex; flex-direction: column; gap: .75em; }
.note, .who { color: var(--soft); font-size: .875em; }
.note:empty { display: none; }
.message { max-inline-size: 94%; padding: .6em .9em; border-radius: .75em; border: 1px solid transparent; background: var(--card); overflow-wrap: anywhere; align-self: flex-start; }
.patient { align-self: flex-end; background: var(--mine); }
.staff { border: 2px solid var(--accent); }
.change { align-self: center; background: none; color: var(--soft); font-size: .875em; text-align: center; }
.failed { border: 2px dashed var(--danger); }
.emergency { border: 3px solid var(--danger); background: var(--danger-back); max-inline-size: 100%; inline-size: 100%; }
.call { display: block; margin-block: .25em .5em; padding: .8em .5em; border-radius: .4em; background: var(--danger); color: var(--danger-ink); border: 1px solid; font-size: 1.6em; line-height: 1.2; font-weight: 700; text-align: center; }
.text { margin-block: .3em; white-space: pre-line; }
.choices, .reference { display: flex; flex-wrap: wrap; gap: .5em; align-items: center; margin-block-start: .6em; }
.choices p { flex-basis: 100%; }
.choices button { text-align: start; }
.rating p { flex-basis: auto; }
.rating button { min-block-size: 2em; padding-block: 0; }
.message details { margin-block-start: .4em; font-size: .875em; }
.message ul { padding-inline-start: 1.25em; }
.fate { display: flex; flex-wrap: wrap; gap: .5em; align-items: center; }
.error { color: var(--danger); font-weight: 600; }
.error:empty { display: none; }

.progress { padding-inline: 1em; color: var(--soft); font-size: .875em; }
.notice { display: flex; flex-wrap: wrap; gap: .5em; margin: 0 1em .5em; padding: .6em .9em; border-radius: .5em; border: 2px solid var(--danger); background: var(--danger-back); }
.notice:empty { display: block; border: 0; margin: 0; padding: 0; }
.notice p { flex-basis: 100%; }
.ask { padding: .5em 1em .75em; border-block-start: 1px solid var(--line); }
.row { display: flex; flex-wrap: wrap; gap: .5em; align-items: stretch; margin-block: .25em; }
label, legend { font-weight: 600; }
textarea, input:not([type=radio], [type=checkbox]) { font: inherit; flex: 1 1 10em; inline-size: 100%; min-inline-size: 0; padding: .5em .75em; border: 1px solid var(--line); border-radius: .5em; background: var(--back); color: var(--ink); }
textarea { resize: vertical; field-sizing: content; min-block-size: 2.75em; max-block-size: 30vh; }
.form { display: grid; gap: .75em; padding: .75em; border: 1px solid var(--accent); border-radius: .75em; }
.form [data-step] { display: grid; gap: .25em; }
fieldset { border: 1px solid var(--line); border-radius: .5em; margin: 0; padding: .4em .75em; min-inline-size: 0; }
fieldset label, [data-step=consent] label { font-weight: 400; display: flex; gap: .6em; align-items: center; min-block-size: 2em; }
[type=radio], [type=checkbox] { font: inherit; inline-size: 1.5em; block-size: 1.5em; margin: 0; flex: none; accent-color: var(--accent); }
[aria-invalid=true] { outline: 2px solid var(--danger); }
.form[aria-busy=true] button { border-style: dashed; cursor: progress; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.paper { position: fixed; inline-size: 0; block-size: 0; border: 0; inset: auto 100% 100% auto; }

@media (max-width: 30em) {
  #keys { display: none; } /* Still read out as the text box's description. */
  :host(:not([inline])) .panel { position: fixed; inset: 0; inline-size: auto; block-size: auto; border: 0; border-radius: 0; }
}
/* Zoomed in, or a phone held sideways: one scrolling page, with only the emergency line staying in view. */
@media (max-height: 32em) {
  .panel, :host([inline]) .panel { display: block; overflow: auto; scroll-padding-block-start: 4em; }
  :host(:not([inline])) .panel { position: fixed; inset: 0; inline-size: auto; block-size: auto; }
  .bar { position: sticky; inset-block-start: 0; z-index: 2; }
  .bar.urgent { font-size: 1.1em; padding-block: .4em; }
  .scroll { overflow: visible; }
}
@media (forced-colors: active) { .bar, .call { background: Canvas; border-width: 2px; } }
@media (prefers-reduced-motion: no-preference) {
  .launcher { transition: transform .15s; }
  .launcher:hover { transform: translateY(-2px); }
}
`;
