"use strict";
// Without a server: search, order, columns and pages of a list, from the data in the page. What is chosen is the address's
// query, as it is with a server.

const pageSize = 100, long = 30; // from how many characters on a text may not be seen whole in a column
let data;
const state = () => new URLSearchParams(location.search);
const form = () => document.querySelector("form.grid");

function address(changes) {
  const s = state();
  for (const [key, value] of Object.entries(changes)) {
    s.delete(key);
    for (const v of [value].flat()) if (v) s.append(key, v);
  }
  return "?" + s;
}

// go changes the address and shows what it says. A browser may not let a page from a file change it.
function go(query, replace) {
  try { history[replace ? "replaceState" : "pushState"](null, "", query); } catch { location.search = query; return; }
  show();
}

const rawOf = (run, key) => {
  if (key == "name" || key == "state") return run[key];
  const at = data.columns.findIndex(c => c.key == key), cell = at < 0 ? null : run.cells[at];
  return cell ? cell.at(-1) : undefined;
};

function headCell(column, s) {
  const [first, second] = column.number ? ["-" + column.key, column.key] : [column.key, "-" + column.key];
  const by = s.get("sort") || (column.key == "started" && data.runs ? "-started" : "");
  const th = element("th", "", null, {scope: "col"});
  if (column.number) th.className = "n";
  if (by == column.key || by == "-" + column.key) th.setAttribute("aria-sort", by[0] == "-" ? "descending" : "ascending");
  const a = element("a", "", th, {"data-go": "", href: address({sort: by == first ? second : first, page: ""})});
  element("bdi", column.label, a);
  if (column.of) { a.append(" "); element("small", column.of, a); }
  return th;
}

function valueCell(texts, right) {
  const td = element("td", "");
  if (right) td.className = "n";
  if (!texts) { td.append("–"); return td; }
  if (texts.length > 1 || texts[0].length >= long) td.title = texts.at(-1);
  if (/^https?:\/\//.test(texts.at(-1))) element("a", texts[0], td, {href: texts.at(-1), rel: "noopener noreferrer nofollow"});
  else td.append(texts[0]);
  return td;
}

function runRow(run, columns, picks) {
  const tr = element("tr", "", null, {id: "row-" + run.ref}), td = element("td", "", tr, {class: "pick"});
  const box = element("input", "", td, {type: "checkbox", name: "run", value: run.ref, "aria-label": "compare " + run.name + (run.note ? " of " + run.note : "")});
  box.checked = picks.includes(run.ref);
  const th = element("th", "", tr, {scope: "row"});
  element("bdi", run.name, element("a", "", th, {href: run.url}));
  if (run.note) { th.append(" "); element("small", run.note, th); }
  if (run.state != "ended") { th.append(" "); element("span", run.state, th, {class: "state " + run.state}); }
  if (run.state == "damaged") element("small", run.why, th, {class: "why"});
  for (const c of columns) tr.append(valueCell(run.cells[c.at], c.number));
  return tr;
}

function tableRow(row, n) {
  const tr = element("tr", "");
  element("th", String(n + 1), tr, {scope: "row", class: "n"});
  row.forEach((text, i) => { const td = element("td", text, tr); if (data.numbers[i]) td.className = "n"; if (text.length >= long) td.title = text; });
  return tr;
}

// show makes the list what the address says.
function show() {
  const s = state(), f = form(), by = s.get("sort") || "", key = by.replace(/^-/, ""), down = by[0] == "-";
  const query = s.get("q") || "", field = f.querySelector("[type=search]");
  if (field != document.activeElement) field.value = query;
  let rows, note = "", what = "rows", make, head;
  if (data.runs) {
    what = data.runs.length == 1 ? "run" : "runs";
    ({kept: rows, note} = filterRuns(data.runs, query, rawOf));
    if (key) rows = sorted(rows, run => rawOf(run, key), down);
    const wanted = s.getAll("col").filter(k => data.columns.some(c => c.key == k));
    const columns = (wanted.length ? wanted : data.defaults).map(k => { const at = data.columns.findIndex(c => c.key == k); return {...data.columns[at], at}; });
    for (const box of f.querySelectorAll("[name=col]")) box.checked = columns.some(c => c.key == box.value);
    const picks = s.getAll("run");
    head = [{key: "name", label: "run"}, ...columns];
    make = run => runRow(run, columns, picks);
  } else {
    const text = query.toLowerCase(), column = /^\d+$/.test(key) ? Number(key) : -1;
    rows = data.rows.map((_, i) => i).filter(i => !text || data.rows[i].some(c => c.toLowerCase().includes(text)));
    if (column >= 0 && column < data.header.length) rows = sorted(rows, i => data.rows[i][column] || undefined, down);
    head = data.header.map((label, i) => ({key: String(i), label, number: data.numbers[i]}));
    make = i => tableRow(data.rows[i], i);
  }
  const total = (data.runs || data.rows).length, last = Math.max(1, Math.ceil(rows.length / pageSize)), at = Math.min(last, Math.max(1, Number(s.get("page")) || 1));
  const from = (at - 1) * pageSize, to = Math.min(rows.length, from + pageSize), table = f.querySelector("table");
  const focus = document.activeElement?.closest?.("thead") && document.activeElement.textContent;
  table.tHead.rows[0].replaceChildren(table.tHead.rows[0].cells[0], ...head.map(c => headCell(c, s)));
  if (focus) [...table.tHead.querySelectorAll("a")].find(a => a.textContent == focus)?.focus();
  table.tBodies[0].replaceChildren(...rows.slice(from, to).map(make));
  const found = document.getElementById("found");
  found.textContent = rows.length == total ? grouped(String(total)) + " " + what : `${grouped(String(rows.length))} of ${grouped(String(total))} ${what} `;
  if (rows.length != total) element("a", "Show all", found, {"data-go": "", href: address({q: "", page: ""})});
  if (note) found.append(": " + note);
  const pages = f.querySelector(".pages");
  pages.replaceChildren();
  if (last > 1) {
    if (at > 1) element("a", "Previous", pages, {"data-go": "", rel: "prev", href: address({page: String(at - 1)})});
    element("span", `${grouped(String(from + 1))} to ${grouped(String(to))} of ${grouped(String(rows.length))}`, pages);
    if (at < last) element("a", "Next", pages, {"data-go": "", rel: "next", href: address({page: String(at + 1)})});
  }
  count();
}

function count() {
  const button = document.querySelector("button.compare"), n = state().getAll("run").length;
  if (!button) return;
  document.getElementById("picked").textContent = n ? n + " chosen" : "chosen";
  button.disabled = n < 2;
  button.title = n < 2 ? "Choose two runs or more" : "";
}

let typing;
document.addEventListener("input", e => {
  if (e.target.type != "search") return;
  clearTimeout(typing);
  typing = setTimeout(() => go(address({q: e.target.value, page: ""}), true), 120);
});
document.addEventListener("change", e => {
  if (e.target.name == "col") go(address({col: [...form().querySelectorAll("[name=col]:checked")].map(b => b.value)}), true);
  if (e.target.name == "run") {
    const others = state().getAll("run").filter(r => r != e.target.value);
    go(address({run: e.target.checked ? [...others, e.target.value] : others}), true);
  }
});
document.addEventListener("submit", e => {
  e.preventDefault();
  if (!e.submitter?.classList.contains("compare")) return go(address({q: form().querySelector("[type=search]").value, page: ""}));
  location.href = e.submitter.formAction + "?" + new URLSearchParams(state().getAll("run").map(r => ["run", r]));
});
document.addEventListener("click", e => {
  for (const drop of document.querySelectorAll("details.drop[open]")) if (!drop.contains(e.target)) drop.open = false;
  const link = e.target.closest("a[data-go]");
  if (!link || !data || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
  e.preventDefault();
  const region = link.closest(".pages") && document.querySelector(".grid .wide");
  go(new URL(link.href).search || "?");
  form().querySelector("[type=search]").value = state().get("q") ?? "";
  if (region) { region.scrollTop = 0; region.scrollIntoView({block: "nearest"}); }
});
document.addEventListener("keydown", e => {
  if (e.key != "Escape") return;
  for (const drop of document.querySelectorAll("details.drop[open]")) { drop.open = false; drop.firstElementChild.focus(); }
});
addEventListener("popstate", () => { if (data) show(); });
document.addEventListener("DOMContentLoaded", () => {
  const source = document.getElementById("data");
  if (!source) return;
  data = JSON.parse(source.textContent);
  show();
});
