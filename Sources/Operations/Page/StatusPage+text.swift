// scripts/embed-page has written this file from page.html. Edit that one.
// swift-format-ignore-file

extension StatusPage {
    static let text = ###"""
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Image puller</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%232456a6'/%3E%3Cpath d='M8 3v6M5 7l3 3 3-3M4 12.5h8' stroke='%23fff' stroke-width='1.6' fill='none'/%3E%3C/svg%3E">
<style>
:root {
  --ground: #f4f6f9; --surface: #fff; --sunk: #eef1f5; --line: #d8dee7; --text: #1a2230; --quiet: #536073;
  --accent: #1f56b0; --failing: #b3261e; --unready: #875200; --waiting: #4d5d78; --ready: #17683a;
  --failing-bar: #cf3a31; --unready-bar: #dd9a2b; --waiting-bar: #b4bfce; --ready-bar: #2f9a5c;
  --failing-ground: #fdecea; --unready-ground: #fdf3df; --row: 2.125rem;
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  color: var(--text); background: var(--ground);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e131a; --surface: #161d27; --sunk: #1d2632; --line: #2b3644; --text: #e3e8ef; --quiet: #9dabbd;
    --accent: #86b4ff; --failing: #ff9389; --unready: #f3bd5c; --waiting: #a9b8ce; --ready: #74d394;
    --failing-bar: #e5534b; --unready-bar: #d99a2b; --waiting-bar: #52617a; --ready-bar: #3fa367;
    --failing-ground: #331a1b; --unready-ground: #2f2512;
  }
}
* { box-sizing: border-box; }
body { margin: 0; }
[hidden] { display: none !important; }
h1, h2, h3, p, dl, dd, ul, figure { margin: 0; padding: 0; }
h1 { font-size: 1.125rem; font-weight: 650; }
h2 { font-size: 1rem; font-weight: 650; }
button, input, select { font: inherit; color: inherit; }
button { cursor: pointer; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.away { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: .75rem; top: .5rem; background: var(--surface); padding: .4rem .7rem; z-index: 9; }
.quiet { color: var(--quiet); }
.frame { max-width: 100rem; margin: 0 auto; padding-inline: 1.25rem; }
bdi, .mono { overflow-wrap: anywhere; }

header { background: var(--surface); border-bottom: 1px solid var(--line); }
header .frame { display: flex; flex-wrap: wrap; gap: .15rem 1rem; align-items: baseline; padding-block: .7rem; }
#fresh { margin-left: auto; white-space: nowrap; }
#fresh::before { content: "●"; color: var(--ready-bar); margin-right: .4em; }
#fresh.stale { color: var(--failing); font-weight: 600; }
#fresh.stale::before { content: "▲"; color: inherit; }

main { padding-block: 1rem 2rem; }
.banner { display: grid; grid-template-columns: auto 1fr auto; gap: .1rem .75rem; align-items: start; margin-bottom: .6rem;
  padding: .6rem .8rem; border: 1px solid var(--line); border-left: 4px solid var(--unready-bar); border-radius: 6px;
  background: var(--unready-ground); }
.banner.failing { border-left-color: var(--failing-bar); background: var(--failing-ground); }
.banner .sign { font-weight: 700; color: var(--unready); }
.banner.failing .sign { color: var(--failing); }
.banner > div { min-width: 0; overflow-wrap: anywhere; }
.banner p + p { margin-top: .1rem; }
.banner .text { overflow-wrap: anywhere; max-height: 7.5em; overflow: auto; }
.plain { background: var(--surface); border: 1px solid var(--line); border-radius: 6px; padding: .25rem .65rem; }
.plain:hover { border-color: var(--quiet); }

#overview { display: grid; grid-template-columns: minmax(15rem, 1.1fr) 4fr; gap: .6rem; margin-bottom: .9rem; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; }
#share { padding: .7rem .9rem; display: grid; align-content: space-between; gap: .5rem; }
#percent-text { display: block; }
#share b { font-size: 1.75rem; line-height: 1.1; font-weight: 650; font-variant-numeric: tabular-nums; }
#bar { display: flex; height: .6rem; border-radius: 99px; overflow: hidden; background: var(--sunk); gap: 1px; }
#bar i { min-width: 3px; }
#bar .ready { background: var(--ready-bar); } #bar .waiting { background: var(--waiting-bar); }
#bar .unready { background: var(--unready-bar); } #bar .failing { background: var(--failing-bar); }
#tiles { display: grid; grid-template-columns: repeat(7, minmax(0, 1fr)); gap: .6rem; list-style: none; }
#tiles li { display: grid; }
.tile { text-align: left; padding: .6rem .75rem; display: grid; grid-template-rows: auto auto 1fr; width: 100%; min-width: 0; }
.tile .name { color: var(--quiet); }
.tile b { font-size: 1.4rem; line-height: 1.25; font-weight: 620; font-variant-numeric: tabular-nums; }
.tile small { color: var(--quiet); font-size: .85rem; }
button.tile:hover { border-color: var(--quiet); }
button.tile[aria-pressed=true] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
button.tile[aria-pressed=true] .name::after { content: " ✓"; color: var(--accent); font-weight: 700; }
.tile.some.failing b, .tile.some.stuck b { color: var(--failing); } .tile.some.unready b { color: var(--unready); }

#tools { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; margin-bottom: .5rem; }
#tools label { display: flex; gap: .4rem; align-items: center; color: var(--quiet); }
#tools input, #tools select { color: var(--text); background: var(--surface); border: 1px solid var(--line);
  border-radius: 6px; padding: .3rem .55rem; min-width: 0; max-width: 100%; }
#tools input { width: 19rem; }
#tools ::placeholder { color: var(--quiet); opacity: 1; }
#count { margin-left: auto; color: var(--quiet); font-variant-numeric: tabular-nums; }
.narrow { display: none !important; }
kbd { font: inherit; border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 0 .3em; }

table { border-collapse: collapse; width: 100%; text-align: left; font-variant-numeric: tabular-nums; }
caption { text-align: left; }
#fleet-table, #fleet-table thead, #fleet-table tbody { display: block; }
#fleet-table { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; }
#fleet-table tr { display: grid; height: var(--row); align-items: center;
  grid-template-columns: minmax(8.5rem, 1.4fr) 12.5rem minmax(7rem, .9fr) 5rem 5rem 7.25rem 6.75rem minmax(8rem, 3fr); }
#fleet-table th, #fleet-table td { padding: 0 .6rem; font-weight: 400; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
#fleet-table thead { position: sticky; top: 0; z-index: 2; background: var(--sunk); border-bottom: 1px solid var(--line);
  border-radius: 8px 8px 0 0; }
#fleet-table thead th { padding: 0; }
#fleet-table thead button { all: unset; cursor: pointer; display: block; width: 100%; box-sizing: border-box;
  padding: .3rem .6rem; color: var(--quiet); font-weight: 600; font-size: .9rem; }
#fleet-table thead button:hover { color: var(--text); }
#fleet-table thead button:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; border-radius: 4px; }
#fleet-table [aria-sort] button { color: var(--text); }
#fleet-table [aria-sort=ascending] button::after { content: " ▲"; font-size: .75em; }
#fleet-table [aria-sort=descending] button::after { content: " ▼"; font-size: .75em; }
#fleet-table tbody { position: relative; min-height: 3rem; }
#fleet-table tbody tr { position: absolute; inset-inline: 0; top: 0; border-bottom: 1px solid var(--line); }
#fleet-table tbody tr:hover { background: var(--sunk); }
#fleet-table tbody a { color: inherit; font-weight: 600; outline-offset: -2px; }
#fleet-table tbody tr:focus-within { background: var(--sunk); }
#fleet-table .nodes { text-align: right; padding-right: 1.1rem; }
#fleet-table th.nodes button { text-align: right; padding-right: 1.1rem; }
#fleet-table .message { color: var(--quiet); }
#nothing { padding: 1.25rem .75rem; color: var(--quiet); }

.state { white-space: nowrap; font-weight: 600; }
.state::before { display: inline-block; width: 1em; margin-right: .3em; text-align: center; font-weight: 700; }
.state.failing { color: var(--failing); } .state.failing::before { content: "✕"; }
.state.unready { color: var(--unready); } .state.unready::before { content: "!"; }
.state.waiting { color: var(--waiting); } .state.waiting::before { content: "○"; }
.state.ready { color: var(--ready); } .state.ready::before { content: "✓"; }
.tag { font-size: .8rem; color: var(--quiet); border: 1px solid var(--line); border-radius: 99px; padding: 0 .45em; margin-left: .4em; }
.tag.stuck { color: var(--failing); border-color: currentColor; }
.tag:empty { display: none; }

#cluster-view > * + * { margin-top: .9rem; }
#cluster-head { display: flex; flex-wrap: wrap; gap: .3rem .9rem; align-items: baseline; }
#cluster-name:focus { outline: none; }
#cluster-head h2 { font-size: 1.35rem; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .9rem; padding: .8rem .9rem; }
.figures dt { color: var(--quiet); } .figures dd { font-weight: 600; overflow-wrap: anywhere; }
#cluster-message { padding: .7rem .9rem; border-left: 4px solid var(--waiting-bar); overflow-wrap: anywhere; white-space: pre-wrap; }
#cluster-message.failing { border-left-color: var(--failing-bar); } #cluster-message.unready { border-left-color: var(--unready-bar); }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .9rem; }
section.card { padding: .7rem .9rem; min-width: 0; }
details.card { padding: .35rem .9rem; min-width: 0; }
section.card h3 { font-size: .95rem; font-weight: 650; margin-bottom: .35rem; }
section.card th, section.card td, details.card th, details.card td { padding: .25rem .75rem .25rem 0; vertical-align: top; overflow-wrap: anywhere; }
section.card thead th, details.card thead th { color: var(--quiet); font-weight: 600; border-bottom: 1px solid var(--line); white-space: nowrap; }
section.card tbody th, details.card tbody th { font-weight: 600; }
section.card tbody tr + tr > *, details.card tbody tr + tr > * { border-top: 1px solid var(--line); }
.number { text-align: right; }
ul.problems { padding-left: 1.1rem; overflow-wrap: anywhere; }
details summary { cursor: pointer; font-weight: 600; }
#images { margin-bottom: .9rem; }
#history td.time { white-space: nowrap; }
footer { color: var(--quiet); padding-block: 0 1.5rem; display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; }

@media (max-width: 76rem) {
  #overview { grid-template-columns: 1fr; }
  #share { grid-template-columns: auto 1fr; align-items: center; gap: 1rem; } #percent-text { display: inline; }
  #fleet-table tr { grid-template-columns: minmax(7rem, 1.5fr) 12.5rem 7rem 5rem 4.5rem 5.75rem 5.75rem minmax(5rem, 2fr); }
}
@media (max-width: 56rem) {
  :root { --row: 5.25rem; }
  .frame { padding-inline: .75rem; }
  #fresh { margin-left: 0; flex-basis: 100%; }
  #share { grid-template-columns: 1fr; gap: .5rem; }
  #tiles { grid-template-columns: repeat(auto-fit, minmax(4.9rem, 1fr)); gap: .4rem; }
  .tile { padding: .35rem .45rem; } .tile .name { font-size: .85rem; white-space: nowrap; } .tile small { display: none; }
  .pair { grid-template-columns: minmax(0, 1fr); }
  .banner { grid-template-columns: auto 1fr; } .banner .plain { grid-column: 2; justify-self: start; margin-top: .3rem; }
  #tools label { flex: 1 1 9rem; min-width: 0; } #tools input, #tools select { flex: 1 1 3rem; }
  #tools label:first-child { flex-basis: 100%; }
  .narrow { display: flex !important; } .wide { display: none !important; }
  #count { margin-left: 0; flex-basis: 100%; }
  #fleet-table thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  #fleet-table tbody tr { grid-template: "name state" auto "reason nodes" auto "message message" auto / 1fr auto;
    align-content: center; gap: .1rem .5rem; padding: 0 .75rem; }
  #fleet-table th, #fleet-table td { padding: 0; }
  #fleet-table .name { grid-area: name; } #fleet-table .condition { grid-area: state; text-align: right; }
  #fleet-table .reason { grid-area: reason; } #fleet-table td.nodes { grid-area: nodes; padding: 0; }
  #fleet-table .message { grid-area: message; } #fleet-table .since, #fleet-table .success, #fleet-table .next { display: none; }
  #fleet-table td.nodes:not(:empty)::after { content: " nodes"; color: var(--quiet); }
  #history tr { display: grid; grid-template-columns: auto 1fr; padding: .3rem 0; } #history thead { display: none; }
  #history tbody tr + tr { border-top: 1px solid var(--line); } #history tbody tr + tr > * { border: 0; }
  #history td { padding-block: 0; } #history td.message { grid-column: 1 / -1; }
}
@media (prefers-reduced-motion: no-preference) { #bar i { transition: flex-grow .4s; } }
@media (forced-colors: active) { #bar { border: 1px solid; } .card, .banner { border: 1px solid; } }
</style>
</head>
<body>
<a class="skip" href="#" id="skip">Skip to the clusters</a>
<header><div class="frame">
  <h1>Image puller</h1>
  <span class="quiet" id="what"></span>
  <span class="quiet" id="fresh">loading …</span>
</div></header>
<main class="frame">
  <p class="away" id="spoken" aria-live="polite"></p>
  <div id="banners"></div>

  <div id="fleet-view">
    <h2 class="away" id="fleet-title">The fleet</h2>
    <div id="overview">
      <div class="card" id="share">
        <div><b id="percent">–</b> <span class="quiet" id="percent-text">of clusters ready</span></div>
        <div id="bar" role="img" aria-label="not known yet"></div>
      </div>
      <ul id="tiles" aria-label="Figures; those of clusters filter the table"></ul>
    </div>
    <details class="card" id="images" hidden><summary>Images</summary><div></div></details>
    <div id="tools" role="search">
      <label><span class="away">Search for clusters</span>
        <input id="search" type="search" placeholder="Search by name or message  ( / )" autocomplete="off" spellcheck="false"></label>
      <label>Reason <select id="reason"></select></label>
      <label class="narrow">Sort <select id="sort"></select></label>
      <button class="plain" id="clear" type="button" hidden>Clear filters</button>
      <span id="count"></span>
    </div>
    <table id="fleet-table" role="table" aria-busy="true" aria-labelledby="fleet-caption">
      <caption class="away" id="fleet-caption">Clusters. Arrow keys move between rows, Enter opens a cluster.</caption>
      <thead role="rowgroup"><tr role="row" aria-rowindex="1"></tr></thead>
      <tbody role="rowgroup"></tbody>
    </table>
    <p id="nothing" hidden></p>
  </div>

  <article id="cluster-view" aria-labelledby="cluster-name" hidden>
    <p id="back-line"><a href="#" id="back">‹ All clusters</a> <span class="quiet wide">&nbsp;<kbd>Esc</kbd></span></p>
    <div id="cluster-head"><h2 id="cluster-name" tabindex="-1"></h2><span id="cluster-state"></span></div>
    <p class="card" id="cluster-message"></p>
    <div id="cluster-body"></div>
  </article>
</main>
<footer class="frame" id="foot"></footer>
<noscript><p class="frame">This page needs JavaScript. The same is in the API under /api/v1/, and in the command
  <code>kubernetes-image-puller status</code>.</p></noscript>
<script>
"use strict";
// Names and messages come from servers: everything is set as text, nothing as HTML.
const $ = id => document.getElementById(id);
const make = (tag, className, ...content) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content.filter(one => one != null));
  return element;
};
const name = text => make("bdi", "", text);
const set = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const plural = (number, one, many = one + "s") => `${count(number)} ${number === 1 ? one : many}`;
const count = number => number.toLocaleString("en");

// MARK: What is known

const ORDER = ["failing", "unready", "waiting", "ready"];
const LABEL = { failing: "Failing", unready: "Not ready", waiting: "Waiting", ready: "Ready" };
const HINT = { failing: "the last check failed", unready: "not all nodes", waiting: "not checked yet", ready: "all nodes" };
let clusters = new Map(), summary = null, detail = null;
// The revision that the next question starts from; null for all.
let since = null;
// The server's time at a moment of this browser's own clock, which need not be right otherwise.
let anchor = null, answered = null, problem = null;

const now = () => anchor ? anchor.server + (performance.now() - anchor.here) : Date.now();

async function ask(path) {
  const answer = await fetch("/api/v1/" + path, { cache: "no-store", signal: AbortSignal.timeout(10_000) });
  let body = null;
  try { body = await answer.json(); } catch { /* the status says enough */ }
  if (answer.ok && body) return body;
  const error = new Error(answer.status === 401
    ? "access was refused (401): reload the page to enter the token"
    : `${body?.error ?? "unexpected answer"} (${answer.status})`);
  error.status = answer.status;
  throw error;
}

function take(cluster) {
  cluster.at = {};
  for (const key of ["since", "lastSuccess", "nextCheck"]) cluster.at[key] = cluster[key] ? Date.parse(cluster[key]) : null;
  cluster.rank = ORDER.indexOf(cluster.state);
  cluster.text = `${cluster.name}\n${cluster.message ?? ""}\n${cluster.reason ?? ""}`.toLowerCase();
  clusters.set(cluster.name, cluster);
}

// The first page is small, and has what is broken. What changes between two pages is in the answer to the next question.
async function fetchClusters() {
  let query = since === null ? "limit=500" : `limit=2000&since=${since}`;
  let page = await ask("clusters?" + query);
  const first = page;
  if (page.revision < since && !page.reset) {
    // The puller was restarted, and would leave out what it did before.
    since = null;
    return fetchClusters();
  }
  const isWhole = since === null || page.reset;
  if (isWhole) {
    clusters = new Map();
    query = "limit=2000";
  }
  for (;;) {
    for (const gone of page.removed ?? []) clusters.delete(gone);
    page.clusters.forEach(take);
    if (!page.continue) break;
    if (isWhole) draw(true);
    page = await ask(`clusters?${query}&continue=${encodeURIComponent(page.continue)}`);
  }
  since = first.revision;
}

let asking = false, timer = null;
async function refresh() {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  try {
    const news = await ask("summary");
    if (summary && news.started !== summary.started) since = null;
    summary = news;
    anchor = { server: Date.parse(news.time), here: performance.now() };
    if (news.mode === "single" && !view.cluster) view.cluster = "cluster";
    await fetchClusters();
    if (view.cluster) await fetchDetail();
    answered = performance.now();
    problem = null;
    $("fleet-table").setAttribute("aria-busy", "false");
    if (!performance.getEntriesByName("loaded").length) performance.mark("loaded");
  } catch (error) {
    problem = error.name === "TimeoutError" ? "no answer within 10 seconds"
      : error instanceof TypeError ? "no connection" : error.message;
  }
  asking = false;
  draw(true);
  timer = setTimeout(refresh, document.hidden ? 30_000 : 3_000);
}

async function fetchDetail() {
  const wanted = view.cluster;
  let found;
  try { found = await ask("clusters/" + encodeURIComponent(wanted)); }
  catch (error) {
    if (error.status !== 404) throw error;
    found = { name: wanted, missing: true };
  }
  if (wanted === view.cluster) detail = found;
}

// MARK: What is looked at: the part of the address behind "#"

const view = { states: new Set(), stuck: false, reason: "", search: "", sort: "state", down: false, open: new Set(), cluster: null };

function readHash() {
  const hash = new URLSearchParams(location.hash.slice(1)), list = key => (hash.get(key) ?? "").split(",").filter(Boolean);
  const before = view.cluster;
  view.states = new Set(list("state").filter(state => ORDER.includes(state)));
  view.stuck = hash.has("stuck");
  view.reason = hash.get("reason") ?? "";
  view.search = hash.get("q") ?? "";
  view.down = (hash.get("sort") ?? "").startsWith("-");
  const sort = (hash.get("sort") ?? "").replace(/^-/, "");
  view.sort = COLUMNS.some(column => column.key === sort) ? sort : "state";
  view.open = new Set(list("open"));
  view.cluster = hash.get("cluster") ?? (summary?.mode === "single" ? "cluster" : null);
  if ($("search").value !== view.search) $("search").value = view.search;
  if (view.cluster !== before) {
    detail = null;
    isAll = true;
    paint();
    if (view.cluster) {
      scrollTo(0, 0);
      $("cluster-name").focus();
      refresh();
    } else focusRow(before);
  } else draw(true);
}

function hashFor(cluster) {
  const parts = [];
  const add = (key, value) => { if (value) parts.push(`${key}=${encodeURIComponent(value).replaceAll("%2C", ",")}`); };
  add("state", ORDER.filter(state => view.states.has(state)).join());
  add("stuck", view.stuck ? "1" : "");
  add("reason", view.reason);
  add("q", view.search);
  add("sort", view.sort === "state" && !view.down ? "" : (view.down ? "-" : "") + view.sort);
  add("open", [...view.open].sort().join());
  add("cluster", cluster);
  return "#" + parts.join("&");
}

function changed() {
  history.replaceState(null, "", hashFor(view.cluster));
  draw(true);
}

// MARK: Text

const UNITS = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];
function span(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const at = UNITS.findIndex(([size]) => seconds >= size);
  if (at < 0) return "0 s";
  const [size, unit] = UNITS[at], whole = Math.floor(seconds / size);
  const rest = at < 2 && whole < 10 ? Math.floor(seconds % size / UNITS[at + 1][0]) : 0;
  return `${whole} ${unit}` + (rest ? ` ${rest} ${UNITS[at + 1][1]}` : "");
}
// In the table as kubectl writes ages, such as 5h47m.
const age = time => time == null ? "" : span(now() - time).replace("min", "m").replaceAll(" ", "");
const ago = time => time == null ? "never" : now() - time < 5_000 ? "just now" : `${span(now() - time)} ago`;
const until = time => time == null ? "" : time <= now() ? "due" : `in ${span(time - now())}`;
const exact = time => time == null ? "" : new Date(time).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const nodes = one => one.desired == null ? "" : `${one.ready ?? 0}/${one.desired}`;
const DOING = { stuck: " · far behind its time", queued: " · waits for its turn to roll out", rollingOut: " · rolling out" };
const took = seconds => seconds >= 9.95 ? `${count(Math.round(seconds))} s`
  : seconds < .1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
const activity = one => one.stuck ? "Stuck" : { queued: "Queued", rollingOut: "Rollout" }[one.activity] ?? "";

// MARK: Banners

function banner(kind, title, text, button) {
  const element = make("div", `banner ${kind}`, make("span", "sign", kind === "failing" ? "✕" : "!"));
  element.firstChild.setAttribute("aria-hidden", "true");
  element.append(make("div", "", make("p", "", make("b", "", title)), text && make("p", "text", name(text))), button ?? "");
  return element;
}

const faultKey = fault => `${fault.state}/${fault.reason}`;

let bannersShown = "";
function drawBanners() {
  const wanted = [];
  if (problem) {
    wanted.push(["failing", "The puller does not answer", answered === null ? problem
      : `What you see is ${span(performance.now() - answered)} old. The last attempt: ${problem}.`]);
  }
  const token = summary?.token;
  if (token?.state === "failing") wanted.push(["failing", "No token can be fetched", token.message ?? ""]);
  for (const file of summary?.files ?? []) {
    wanted.push(["unready", `The ${file.file} file ${file.braked ? "would remove too much at once, and changes nothing until that is confirmed"
      : "cannot be used, and changes nothing"}: ${file.path}`, file.message ?? ""]);
  }
  for (const fault of summary?.faults ?? []) {
    wanted.push([fault.state === "unready" ? "unready" : "failing",
      `${fault.reason}: ${count(fault.clusters)} of ${plural(fault.of, "cluster")} have the same fault, for ${span(now() - Date.parse(fault.since))}`,
      fault.message ?? "", faultKey(fault)]);
  }
  const key = JSON.stringify([wanted, [...view.open], !!view.cluster]);
  if (key === bannersShown) return;
  bannersShown = key;
  const focused = document.activeElement?.dataset?.fault;
  $("banners").replaceChildren(...wanted.map(([kind, title, text, fault]) => {
    if (!fault || view.cluster) return banner(kind, title, text);
    const isOpen = view.open.has(fault), button = make("button", "plain", isOpen ? "Hide them" : "Show them");
    button.type = "button";
    button.dataset.fault = fault;
    button.setAttribute("aria-expanded", isOpen);
    button.setAttribute("aria-controls", "fleet-table");
    button.onclick = () => { view.open[isOpen ? "delete" : "add"](fault); changed(); };
    return banner(kind, title, text, button);
  }));
  if (focused) [...$("banners").querySelectorAll("button")].find(one => one.dataset.fault === focused)?.focus();
}

// MARK: Figures

const tiles = {};
function makeTiles() {
  const add = (key, label, action) => {
    const element = make(action ? "button" : "div", `tile card ${key}`, make("span", "name", label), make("b", "", "–"), make("small"));
    if (action) { element.type = "button"; element.onclick = () => { action(); changed(); }; }
    tiles[key] = element;
    $("tiles").append(make("li", "", element));
  };
  for (const state of ORDER) add(state, LABEL[state], () => view.states[view.states.has(state) ? "delete" : "add"](state));
  add("stuck", "Stuck", () => { view.stuck = !view.stuck; });
  add("rollouts", "Rollouts");
  add("requests", "Requests");
}

function fillTile(key, number, note, pressed) {
  const [, figure, small] = tiles[key].children;
  set(figure, number == null ? "–" : count(number));
  set(small, note);
  tiles[key].classList.toggle("some", number > 0);
  if (pressed !== undefined) tiles[key].setAttribute("aria-pressed", pressed);
}

let spokenAt = -Infinity;
function drawFigures() {
  const figures = summary.clusters, total = figures.total;
  const share = total ? figures.ready / total : 0;
  // Never "100 %" while one is missing.
  set($("percent"), total ? `${share < 1 ? Math.min(99.9, Math.floor(share * 1000) / 10) : 100} %` : "–");
  set($("percent-text"), total ? `${count(figures.ready)} of ${plural(total, "cluster")} ready` : "no clusters");
  const parts = [...ORDER].reverse();
  if (!$("bar").firstChild) $("bar").append(...parts.map(state => make("i", state)));
  parts.forEach((state, at) => {
    const part = $("bar").children[at];
    part.hidden = !figures[state];
    part.style.flexGrow = figures[state];
  });
  $("bar").setAttribute("aria-label", parts.map(state => `${count(figures[state])} ${LABEL[state].toLowerCase()}`).join(", "));
  for (const state of ORDER) {
    const note = state === "failing" && summary.inBackoff ? `${count(summary.inBackoff)} wait for a retry` : HINT[state];
    fillTile(state, figures[state], note, view.states.has(state));
  }
  fillTile("stuck", summary.stuck, "far behind", view.stuck);
  for (const gate of ["rollouts", "requests"]) {
    fillTile(gate, summary[gate].inFlight, `of ${count(summary[gate].limit)}, ${count(summary[gate].queued)} queued`);
  }
  const sentence = `${count(figures.ready)} of ${plural(total, "cluster")} ready, ${count(figures.failing)} failing, ${count(figures.unready)} not ready.`;
  if (performance.now() - spokenAt > 10_000 && $("spoken").textContent !== sentence) {
    $("spoken").textContent = sentence;
    spokenAt = performance.now();
  }
}

function drawImages() {
  const images = summary.images ?? [];
  $("images").hidden = images.length === 0;
  const coldStart = fleetColdStart(), key = JSON.stringify([images, coldStart]);
  if ($("images").key === key) return;
  $("images").key = key;
  $("images").firstChild.textContent = `${plural(images.length, "image")} of the configuration${coldStart}`;
  $("images").lastChild.replaceChildren(imageTable(images));
}

// What a cold start would have cost, where that is known.
function fleetColdStart() {
  let known = 0, sum = 0;
  for (const { coldStartSeconds } of clusters.values()) if (coldStartSeconds != null) { known += 1; sum += coldStartSeconds; }
  if (!known) return "";
  return ` · a cold start would have cost ${took(sum / known)} a node` + (known > 1 ? `, on average over ${count(known)} clusters` : "");
}

function coldStartOf({ pulls, desired }) {
  const cost = pulls?.coldStart;
  if (!cost) return null;
  return `A cold start would have cost ${took(cost.meanSeconds)} a node`
    + (cost.nodes > 1 ? ` on average, ${took(cost.maxSeconds)} at most.` : ".")
    + (cost.nodes < desired ? ` This is known of ${count(cost.nodes)} of ${plural(desired, "node")}.` : "");
}

// The images of a cluster, each with how long it took to pull.
function pulledImages({ images, pulls }) {
  const times = new Map((pulls?.images ?? []).map(one => [one.image, { mean: one.meanSeconds, max: one.maxSeconds, nodes: one.nodes }]));
  const all = images?.length ? images : pulls?.images ?? [];
  return all.map(image => ({ ...image, pullSeconds: times.get(image.image) }));
}

const PLACES = [["present", "Present"], ["pulling", "Pulling"], ["waiting", "Waiting"], ["failing", "Failing"], ["unknown", "Unknown"]];
function imageTable(images) {
  const columns = [];
  if (images.some(image => PLACES.some(([key]) => image[key]))) {
    columns.push(...PLACES.map(([key, label]) => [label, image => count(image[key] ?? 0)]));
  }
  if (images.some(image => image.pullSeconds)) {
    columns.push(["Pull", ({ pullSeconds: pull }) => !pull ? "–"
      : took(pull.mean) + (pull.nodes > 1 ? `, at most ${took(pull.max)}` : "")]);
  }
  return simpleTable("Images, and the number of nodes", ["Name", "Image", ...columns.map(([label]) => [label, "number"])],
    images.map(image => [name(image.name), name(image.image), ...columns.map(([, cell]) => cell(image))]));
}

function simpleTable(title, columns, rows, classes = []) {
  const cell = (tag, column, content, at) => {
    const element = make(tag, [Array.isArray(column) ? column[1] : "", classes[at] ?? ""].join(" ").trim(), content);
    if (tag === "th") element.scope = at < 0 ? "row" : "col";
    return element;
  };
  const body = make("tbody", "", ...rows.map(row => make("tr", "", ...row.map((content, at) => {
    const element = cell(at || classes.length ? "td" : "th", columns[at], content, at);
    if (element.tagName === "TH") element.scope = "row";
    return element;
  }))));
  const head = make("thead", "", make("tr", "", ...columns.map((column, at) => cell("th", column, Array.isArray(column) ? column[0] : column, at))));
  return make("table", "", make("caption", "away", title), head, body);
}

function drawHead() {
  const single = summary.mode === "single";
  set($("what"), `${summary.version} · ${single ? "one cluster" : "fleet"} · ${summary.daemonSet.namespace}/${summary.daemonSet.name}`);
  const token = summary.token ?? {}, parts = [`Started ${ago(Date.parse(summary.started))}`,
    `checks each cluster every ${span(summary.intervalSeconds * 1000)}`];
  if (token.state === "valid" && token.expires) parts.push(`token expires ${until(Date.parse(token.expires))}`);
  parts.push(`times are of ${Intl.DateTimeFormat().resolvedOptions().timeZone}`);
  set($("foot"), parts.join(" · "));
}

function drawFreshness() {
  const elapsed = answered === null ? Infinity : performance.now() - answered;
  const isStale = problem !== null || (answered !== null && !document.hidden && elapsed > 20_000);
  $("fresh").classList.toggle("stale", isStale);
  set($("fresh"), answered === null ? (problem ? "no data" : "loading …")
    : (isStale ? "stale: " : "") + `updated ${elapsed < 5_000 ? "just now" : span(elapsed) + " ago"}`);
}

// MARK: The table: only the rows in view exist

const text = (one, other) => one < other ? -1 : one > other ? 1 : 0;
const COLUMNS = [
  { key: "name", label: "Cluster", className: "name", value: one => one.name },
  { key: "state", label: "State", className: "condition", value: one => one.rank },
  { key: "reason", label: "Reason", className: "reason", value: one => one.reason || null },
  { key: "since", label: "Since", className: "since", value: one => one.at.since },
  { key: "nodes", label: "Nodes", className: "nodes", value: one => one.desired == null ? null : one.ready / Math.max(1, one.desired) },
  { key: "success", label: "Last ready", className: "success", value: one => one.at.lastSuccess },
  { key: "next", label: "Next check", className: "next", value: one => one.at.nextCheck },
  { key: "message", label: "Message", className: "message", value: one => one.message || null },
];
let rows = [], hiddenRows = 0, activeRow = null, shown = new Map();

function makeHead() {
  for (const column of COLUMNS) {
    const button = make("button", "", column.label), cell = make("th", column.className, button);
    button.type = "button";
    button.onclick = () => { view.down = view.sort === column.key ? !view.down : false; view.sort = column.key; changed(); };
    cell.scope = "col";
    cell.setAttribute("role", "columnheader");
    $("fleet-table").tHead.rows[0].append(cell);
    const option = make("option", "", column.label);
    option.value = column.key;
    $("sort").append(option);
  }
  $("fleet-table").setAttribute("aria-colcount", COLUMNS.length);
}

const isFiltered = () => view.states.size > 0 || view.stuck || view.reason !== "" || view.search !== "";

function select() {
  const words = view.search.toLowerCase().split(/\s+/).filter(Boolean);
  const collapsed = isFiltered() ? new Set() : new Set((summary?.faults ?? []).map(faultKey).filter(key => !view.open.has(key)));
  rows = [];
  hiddenRows = 0;
  for (const one of clusters.values()) {
    if (view.states.size && !view.states.has(one.state)) continue;
    if (view.stuck && !one.stuck) continue;
    if (view.reason && one.reason !== view.reason) continue;
    if (!words.every(word => one.text.includes(word))) continue;
    if (collapsed.size && one.reason && collapsed.has(faultKey(one))) { hiddenRows += 1; continue; }
    rows.push(one);
  }
  const { value } = COLUMNS.find(column => column.key === view.sort), sign = view.down ? -1 : 1;
  rows.sort((one, other) => {
    const [left, right] = [value(one), value(other)];
    // What has no value comes last in both directions.
    if (left === null || right === null) { if (left !== right) return left === null ? 1 : -1; }
    else if (left !== right) return left < right ? -sign : sign;
    return one.rank - other.rank || text(one.name, other.name);
  });
  rows.forEach((one, at) => { one.index = at; });
}

function makeRow(cluster) {
  const row = make("tr");
  row.setAttribute("role", "row");
  const cells = COLUMNS.map((column, at) => {
    const cell = make(at ? "td" : "th", column.className);
    cell.setAttribute("role", at ? "cell" : "rowheader");
    if (!at) cell.scope = "row";
    row.append(cell);
    return cell;
  });
  row.link = make("a", "", name(cluster.name));
  row.link.dataset.cluster = cluster.name;
  cells[0].append(row.link);
  cells[0].title = cluster.name;
  row.state = make("span");
  row.tag = make("span");
  cells[1].append(row.state, row.tag);
  cells[7].append(row.message = make("bdi"));
  return row;
}

function fillRow(row, one) {
  const cells = row.cells, title = (cell, value) => { if (cell.title !== value) cell.title = value; };
  row.link.href = hashFor(one.name);
  row.link.tabIndex = one.name === activeRow ? 0 : -1;
  row.state.className = `state ${one.state}`;
  set(row.state, LABEL[one.state] ?? one.state);
  row.tag.className = one.stuck ? "tag stuck" : "tag";
  set(row.tag, activity(one));
  set(cells[2], one.reason ?? "");
  set(cells[3], age(one.at.since));
  title(cells[3], exact(one.at.since));
  set(cells[4], nodes(one));
  set(cells[5], one.at.lastSuccess ? `${age(one.at.lastSuccess)} ago` : one.state === "waiting" ? "" : "never");
  title(cells[5], exact(one.at.lastSuccess));
  set(cells[6], until(one.at.nextCheck));
  title(cells[6], exact(one.at.nextCheck));
  set(row.message, one.message ?? "");
  title(cells[7], one.message ?? "");
  row.setAttribute("aria-rowindex", one.index + 2);
}

let rowHeight = 34;
function drawRows() {
  const table = $("fleet-table"), body = table.tBodies[0];
  const focused = body.contains(document.activeElement) ? document.activeElement.dataset.cluster : null;
  rowHeight = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row"))
    * parseFloat(getComputedStyle(document.documentElement).fontSize);
  body.style.height = `${rows.length * rowHeight}px`;
  const top = -body.getBoundingClientRect().top;
  const first = Math.max(0, Math.floor(top / rowHeight) - 8), last = Math.ceil((top + innerHeight) / rowHeight) + 8;
  const wanted = rows.slice(first, last);
  if (!rows.some(one => one.name === activeRow)) activeRow = rows[0]?.name ?? null;
  // The row that Tab reaches is always there.
  const active = clusters.get(activeRow);
  if (active && !(active.index >= first && active.index < last)) wanted[active.index < first ? "unshift" : "push"](active);
  const keep = new Map();
  wanted.forEach((one, at) => {
    const row = shown.get(one.name) ?? makeRow(one);
    keep.set(one.name, row);
    fillRow(row, one);
    row.style.transform = `translateY(${one.index * rowHeight}px)`;
    if (body.children[at] !== row) body.insertBefore(row, body.children[at] ?? null);
  });
  for (const [key, row] of shown) if (!keep.has(key)) row.remove();
  shown = keep;
  if (focused && document.activeElement?.dataset?.cluster !== focused) shown.get(focused)?.link.focus({ preventScroll: true });
}

function drawTable() {
  select();
  const table = $("fleet-table");
  table.setAttribute("aria-rowcount", rows.length + 1);
  COLUMNS.forEach((column, at) => {
    const cell = table.tHead.rows[0].cells[at];
    if (column.key === view.sort) cell.setAttribute("aria-sort", view.down ? "descending" : "ascending");
    else cell.removeAttribute("aria-sort");
  });
  $("sort").value = view.sort;
  const reasons = [...new Set([...(summary?.reasons ?? []).map(one => one.reason), ...(view.reason ? [view.reason] : [])])];
  const key = JSON.stringify(summary?.reasons ?? []) + view.reason;
  if ($("reason").key !== key) {
    $("reason").key = key;
    const numbers = reasons.map(reason => (summary?.reasons ?? []).reduce((sum, one) => sum + (one.reason === reason ? one.clusters : 0), 0));
    $("reason").replaceChildren(...["", ...reasons].map((reason, at) => {
      const option = make("option", "", reason ? `${reason} (${count(numbers[at - 1])})` : "any");
      option.value = reason;
      return option;
    }));
    $("reason").value = view.reason;
  }
  $("clear").hidden = !isFiltered();
  const isLoaded = since !== null;
  set($("count"), !isLoaded ? `${count(clusters.size)} loaded …`
    : (rows.length === clusters.size ? plural(rows.length, "cluster") : `${count(rows.length)} of ${plural(clusters.size, "cluster")}`)
      + (hiddenRows ? `, ${count(hiddenRows)} in the shared ${summary.faults.length === 1 ? "fault" : "faults"} above` : ""));
  $("nothing").hidden = rows.length > 0;
  table.hidden = rows.length === 0 && isLoaded;
  if (!rows.length) {
    set($("nothing"), !isLoaded ? "Loading …" : hiddenRows ? "All other clusters have been hidden: see above."
      : clusters.size ? "No cluster matches." : "There are no clusters: the list of users is empty.");
  }
  drawRows();
}

function focusRow(key, offset = 0) {
  const at = (clusters.get(key)?.index ?? 0) + offset, target = rows[Math.min(Math.max(at, 0), rows.length - 1)];
  if (!target) return;
  activeRow = target.name;
  const body = $("fleet-table").tBodies[0].getBoundingClientRect(), head = $("fleet-table").tHead.offsetHeight;
  const top = body.top + target.index * rowHeight;
  if (top < head) scrollBy(0, top - head - 4);
  else if (top + rowHeight > innerHeight) scrollBy(0, top + rowHeight - innerHeight + 4);
  drawRows();
  shown.get(target.name)?.link.focus({ preventScroll: true });
}

// MARK: One cluster

let clusterShown = "";
function drawCluster() {
  const one = detail ?? clusters.get(view.cluster) ?? { name: view.cluster };
  const isSingle = summary?.mode === "single";
  $("back-line").hidden = isSingle;
  $("back").href = hashFor(null);
  const title = isSingle ? "The cluster" : one.name;
  if ($("cluster-name").textContent !== title) $("cluster-name").replaceChildren(name(title));
  const isKnown = one.state !== undefined;
  $("cluster-state").className = isKnown ? `state ${one.state}` : "";
  set($("cluster-state"), one.missing ? "" : isKnown ? LABEL[one.state] + (DOING[one.stuck ? "stuck" : one.activity] ?? "") : "loading …");
  const message = one.missing ? "There is no cluster of this name, or no longer." : one.message ?? "";
  $("cluster-message").hidden = message === "";
  $("cluster-message").className = `card ${one.state ?? ""}`;
  set($("cluster-message"), message);
  $("cluster-body").hidden = !isKnown;
  if (!isKnown) return;

  const time = value => value ? make("time", "", ago(Date.parse(value))) : "never";
  const figures = [
    ["Reason", one.reason || "–"], ["Since", span(now() - Date.parse(one.since))],
    ["Nodes ready", one.desired == null ? "not known" : `${one.ready ?? 0} of ${one.desired}`],
    ["Last check", time(one.lastCheck)], ["Last ready", time(one.lastSuccess)],
    ["Next check", one.nextCheck ? until(Date.parse(one.nextCheck)) : "–"],
    ["Failures in a row", count(one.failures ?? 0)],
  ];
  const stamp = [null, one.since, null, one.lastCheck, one.lastSuccess, one.nextCheck];
  const key = JSON.stringify([one, figures.map(([, value]) => value.textContent ?? value)]);
  if (key === clusterShown) return;
  clusterShown = key;
  const list = make("dl", "card figures", ...figures.map(([label, value], at) => {
    const item = make("div", "", make("dt", "", label), make("dd", "", value));
    if (stamp[at]) item.title = exact(Date.parse(stamp[at]));
    return item;
  }));
  const section = (title, ...content) => make("section", "card", make("h3", "", title), ...content);
  const sets = (one.daemonSets ?? []).map(each => [name(each.name), `${each.ready} of ${each.desired}`, each.beside ? "is being replaced, or steps back" : "in use"]);
  const replaced = Object.entries(one.replacements ?? {}).sort(([left], [right]) => text(left, right));
  const parts = [list];
  if (one.problems?.length) {
    parts.push(section("Problems", make("ul", "problems", ...one.problems.map(each =>
      make("li", "", name(each.text), make("span", "quiet", ` on ${count(each.nodes)} of ${plural(each.of, "node")}`))))));
  }
  parts.push(make("div", "pair",
    section("DaemonSets", sets.length ? simpleTable("DaemonSets", ["Name", "Nodes ready", "Role"], sets) : make("p", "quiet", "None has been seen yet.")),
    section("Replacements since the start", replaced.length
      ? simpleTable("Replacements since the start", ["Reason", ["Number", "number"]], replaced.map(([reason, number]) => [name(reason), count(number)]))
      : make("p", "quiet", "None."))));
  const images = pulledImages(one), coldStart = coldStartOf(one);
  if (images.length) parts.push(section("Images", coldStart && make("p", "", coldStart), imageTable(images)));
  const history = section("History", one.history?.length
    ? simpleTable("History, the latest first", ["Time", "Event", "Reason", "Message"], one.history.map(entry => {
      const moment = make("time", "", exact(Date.parse(entry.time)));
      moment.dateTime = entry.time;
      const sign = entry.level === "error" || entry.level === "warning" ? "! " : "";
      return [moment, sign + entry.event, entry.reason ?? "", name(entry.message ?? "")];
    }), ["time", "event", "reason", "message"])
    : make("p", "quiet", detail ? "Nothing has happened lately." : "loading …"));
  history.id = "history";
  parts.push(history);
  for (const part of parts.slice(1)) part.style.marginTop = ".9rem";
  $("cluster-body").replaceChildren(...parts);
}

// MARK: When to draw

let isPlanned = false, isAll = false;
function draw(all) {
  isAll ||= all;
  if (isPlanned) return;
  isPlanned = true;
  requestAnimationFrame(paint);
}

function paint() {
  const all = isAll;
  isPlanned = isAll = false;
  drawFreshness();
  drawBanners();
  const isCluster = view.cluster !== null;
  $("fleet-view").hidden = isCluster;
  $("cluster-view").hidden = !isCluster;
  if (summary) { drawHead(); drawFigures(); }
  if (summary && all) drawImages();
  const failing = summary?.clusters.failing;
  document.title = (isCluster ? `${view.cluster} – ` : failing ? `(${failing}) ` : "") + "Image puller";
  if (isCluster) drawCluster();
  else if (all) drawTable();
  else drawRows();
}

makeTiles();
makeHead();
readHash();
addEventListener("hashchange", readHash);
addEventListener("scroll", () => draw(false), { passive: true });
addEventListener("resize", () => draw(false));
setInterval(() => { if (!document.hidden) draw(false); }, 1_000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
$("search").oninput = () => { view.search = $("search").value; changed(); };
$("reason").onchange = () => { view.reason = $("reason").value; changed(); };
$("sort").onchange = () => { view.sort = $("sort").value; view.down = false; changed(); };
$("clear").onclick = () => {
  Object.assign(view, { states: new Set(), stuck: false, reason: "", search: "" });
  $("search").value = "";
  changed();
  $("search").focus();
};
$("skip").onclick = event => { event.preventDefault(); view.cluster ? $("cluster-name").focus() : focusRow(activeRow); };
$("fleet-table").tBodies[0].addEventListener("click", event => {
  const row = event.target.closest("tr");
  if (row && !event.target.closest("a") && !getSelection().toString()) location.hash = row.link.hash;
});
$("fleet-table").tBodies[0].addEventListener("focusin", event => {
  const key = event.target.dataset.cluster;
  if (key && key !== activeRow) { activeRow = key; draw(false); }
});
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isTyping = event.target.matches("input, select, textarea");
  if (event.key === "/" && !isTyping && !view.cluster) {
    event.preventDefault();
    $("search").focus();
    $("search").select();
  } else if (event.key === "Escape") {
    if (view.cluster && summary?.mode !== "single") location.hash = hashFor(null);
    else if (event.target === $("search")) {
      view.search = $("search").value = "";
      changed();
    }
  } else if (event.target.dataset?.cluster) {
    const page = Math.max(1, Math.floor(innerHeight / rowHeight) - 2);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -rows.length, End: rows.length }[event.key];
    if (step) { event.preventDefault(); focusRow(event.target.dataset.cluster, step); }
  }
});
refresh();
</script>
</body>
</html>

"""###
}
