import type { HotspotSessionMigrationConfig, UserInfo } from "@hotspot-session/core"
import { sha256 } from "@noble/hashes/sha2.js"
import { Html, html } from "./Html.js"
import { ageOf, isMatch, type Project, type ProjectResult, type Row, rowsOf } from "./Overview.js"

export interface View {
  readonly upstream: string | undefined
  readonly results: ReadonlyArray<ProjectResult>
  /** The project ID in the form; empty if there is none. */
  readonly projectId: string
  readonly problem: string | undefined
  readonly search: string
  /** Epoch milliseconds. */
  readonly now: number
}

const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#4d5661;--ground:#fff;--band:#f3f5f7;--line:#8b949e;--accent:#0b57d0;--warn:#8a3b00;--warnground:#fff4e5;--mark:#ffe58a}
@media(prefers-color-scheme:dark){:root{--ink:#e8ebee;--soft:#b3bcc6;--ground:#14171b;--band:#20252b;--line:#6e7781;--accent:#9cc2ff;--warn:#ffb77a;--warnground:#33231a;--mark:#6b5600}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1.25rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground)}
h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:1.75rem 0 .5rem}p{margin:.35rem 0}
a{color:var(--accent)}.soft{color:var(--soft)}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--ground);padding:.5rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
form{display:flex;flex-wrap:wrap;gap:1rem;align-items:end;margin:1.25rem 0;padding:1rem;background:var(--band);border-radius:.5rem}
label{display:block;font-weight:600}
input{font:inherit;padding:.45rem .6rem;border:1px solid var(--line);border-radius:.3rem;min-width:16rem;max-width:100%;color:var(--ink);background:var(--ground)}
button{font:inherit;font-weight:600;padding:.5rem 1rem;border:1px solid var(--accent);border-radius:.3rem;color:var(--ground);background:var(--accent);cursor:pointer}
.attention{border-left:.3rem solid var(--warn);background:var(--warnground);padding:.6rem 1rem;border-radius:.3rem}
.attention ul{margin:.25rem 0;padding-left:1.2rem}.warn{color:var(--warn);font-weight:600}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}caption{text-align:left;padding-bottom:.4rem;color:var(--soft)}
th,td{text-align:left;vertical-align:top;padding:.5rem .7rem;border-bottom:1px solid var(--line)}thead th{background:var(--band)}
.region{white-space:nowrap}.number{text-align:right;font-variant-numeric:tabular-nums}code{font-size:.92em;overflow-wrap:anywhere}
td code,th code{overflow-wrap:normal}tbody th code{display:block}
mark{background:var(--mark);color:inherit}summary{cursor:pointer}ul.users{list-style:none;margin:0;padding:0}
@media print{form,.skip{display:none}}
`

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes))

/** Allows the inline style sheet and the form, and nothing else. */
export const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${base64(sha256(new TextEncoder().encode(style)))}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

const documentOf = (title: string, body: Html): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
${body}
</body>
</html>
`.text

const pluralize = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`

const projectName = ({ id, name }: Project): Html =>
  name === id ? html`<code>${id}</code>` : html`${name} <code class="soft">${id}</code>`

const qualifiedName = (project: Project): Html =>
  project.upstream === undefined ? projectName(project) : html`${projectName(project)} in ${project.upstream}`

const userName = ({ user_id, user_name }: UserInfo): Html =>
  user_name === undefined ? html`<code>${user_id ?? "unknown"}</code>` : html`${user_name}`

const maxInlineUsers = 3

const userList = (users: ReadonlyArray<Html>) =>
  html`<ul class="users">${users.map((user) => html`<li>${user}</li>`)}</ul>`

const usersOf = ({ non_migrate_users: users }: HotspotSessionMigrationConfig, search: string): Html => {
  if (users.length === 0) return html`none`
  if (search !== "") {
    const matches = users.filter((user) => isMatch(user, search))
    return html`${userList(matches.map((user) => html`<mark>${userName(user)}</mark> <code class="soft">${user.user_id}</code>`))}<span class="soft">of ${pluralize(users.length, "user")}</span>`
  }
  if (users.length <= maxInlineUsers) return userList(users.map(userName))
  return html`<details><summary>${pluralize(users.length, "user")}</summary>${userList(users.map(userName))}</details>`
}

const ageCell = (row: Row, now: number): Html =>
  html`<time datetime="${new Date(row.readAt).toISOString()}">${ageOf(now - row.readAt)}</time>${
    row.isStale ? html` <span class="warn">stale</span>` : undefined
  }`

const rowHtml = (row: Row, search: string, now: number, hasRegions: boolean): Html => html`<tr>
<th scope="row">${projectName(row.project)}</th>
${
  hasRegions
    ? html`<td class="region">${row.project.upstream ?? "unknown"}</td>
`
    : undefined
}<td><code>${row.config.id ?? "unknown"}</code></td>
<td>${row.warning === undefined ? html`${row.migration}` : html`<strong class="warn">${row.migration}</strong>`}</td>
<td class="number">${row.config.hotspot_exit_session_num ?? "unknown"}</td>
<td>${usersOf(row.config, search)}</td>
<td>${ageCell(row, now)}</td>
</tr>
`

const attention = (view: View, rows: ReadonlyArray<Row>): Html => {
  const items: Array<Html> = []
  for (const result of view.results) {
    if (result._tag === "Failed") items.push(html`${qualifiedName(result.project)}: unknown. ${result.reason}`)
    else if (result.isStale) {
      items.push(html`${qualifiedName(result.project)}: stale data, last updated ${ageOf(view.now - result.readAt)}.`)
    }
  }
  for (const { config, project, warning } of rows) {
    if (warning !== undefined)
      items.push(html`${qualifiedName(project)}, configuration <code>${config.id ?? "unknown"}</code>: ${warning}`)
  }
  for (const result of view.results) {
    if (result._tag === "Loaded" && result.isTruncated) {
      items.push(
        html`${qualifiedName(result.project)} may have more configurations than the ${result.configs.length} shown.`
      )
    }
  }
  if (view.results.length === 0) return html``
  return html`<section aria-labelledby="attention">
<h2 id="attention">Needs attention</h2>
${items.length === 0 ? html`<p>Nothing: migration is on everywhere, and all data is current.</p>` : html`<div class="attention"><ul>${items.map((item) => html`<li>${item}</li>\n`)}</ul></div>`}
</section>`
}

const table = (rows: ReadonlyArray<Row>, { now, results, search }: View): Html => {
  if (results.length === 0) return html`<p>Enter a project ID to see its configurations.</p>`
  const shown =
    search === "" ? rows : rows.filter(({ config }) => config.non_migrate_users.some((user) => isMatch(user, search)))
  const hasRegions = shown.some(({ project }) => project.upstream !== undefined)
  const summary =
    search === ""
      ? pluralize(shown.length, "configuration")
      : `${pluralize(shown.length, "configuration")} of ${rows.length} with an exempt user like “${search}”`
  return html`<section aria-labelledby="configurations">
<h2 id="configurations">Configurations</h2>
<p role="status">${summary}</p>
${
  shown.length === 0
    ? undefined
    : html`<div class="scroll" role="region" aria-label="Table of configurations" tabindex="0">
<table>
<caption>Configurations that need attention come first. Exempt users are never migrated.</caption>
<thead><tr><th scope="col">Project</th>${hasRegions ? html`<th scope="col">Region</th>` : undefined}<th scope="col">Configuration</th><th scope="col">Migration</th><th scope="col" class="number">Exit sessions</th><th scope="col">Exempt users</th><th scope="col">Updated</th></tr></thead>
<tbody>
${shown.map((row) => rowHtml(row, search, now, hasRegions))}</tbody>
</table>
</div>`
}
</section>`
}

const form = ({ problem, projectId, search }: View): Html => html`<form method="get" action="" role="search">
<div><label for="project">Project ID</label>
<input id="project" name="project" value="${projectId}" autocomplete="off" spellcheck="false"${
  problem === undefined ? undefined : html` aria-invalid="true" aria-describedby="problem"`
}>${problem === undefined ? undefined : html`<p id="problem" class="warn">${problem}</p>`}</div>
<div><label for="user">Exempt user, by name or ID</label>
<input id="user" name="user" value="${search}" type="search" autocomplete="off" spellcheck="false"></div>
<button type="submit">Show</button>
</form>`

/** The upstreams of the projects on the page; the default one if there are none. */
const upstreamsOf = ({ results, upstream }: View): ReadonlyArray<string> => {
  const upstreams = new Set(results.length === 0 ? [upstream] : results.map(({ project }) => project.upstream))
  return [...upstreams].filter((name) => name !== undefined)
}

export const overviewPage = (view: View): string => {
  const rows = rowsOf(view.results)
  return documentOf(
    "Hotspot session migration",
    html`<a class="skip" href="#main">Skip to the configurations</a>
<header>
<h1>Hotspot session migration</h1>
<p class="soft">${upstreamsOf(view).map((upstream) => html`${upstream}, `)}as of <time datetime="${new Date(view.now).toISOString()}">${new Date(view.now).toISOString().replace("T", " ").slice(0, 19)} UTC</time></p>
</header>
<main id="main" tabindex="-1">
${form(view)}
${attention(view, rows)}
${table(rows, view)}
</main>`
  )
}

export const errorPage = (title: string, detail: string): string =>
  documentOf(title, html`<main><h1>${title}</h1><p>${detail}</p></main>`)
