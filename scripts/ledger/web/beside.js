"use strict";
// Without a server: runs beside each other, each from a script of its own, since a page from a file may read no other file.

const loaded = new Map();
function addRun(run) { loaded.set(run.ref, run); }

function loadRun(ref) {
  return new Promise(resolve => {
    const script = element("script", "", null, {src: "data/" + encodeURIComponent(ref) + ".js"});
    script.onload = script.onerror = resolve;
    document.head.append(script);
  });
}

function runLink(run, parent, state) {
  element("bdi", run.name, element("a", "", parent, {href: run.url}));
  if (run.note) { parent.append(" "); element("small", run.note, parent); }
  if (state && run.state != "ended") { parent.append(" "); element("span", run.state, parent, {class: "state " + run.state}); }
}

function wideTable(label, parent) {
  const table = element("table", "", element("div", "", parent, {class: "wide", tabindex: 0, role: "region", "aria-label": label}));
  table.createTHead(); table.createTBody();
  return table;
}

function besideTable(title, id, runs, rows, parent) {
  const section = element("section", "", parent, {id});
  element("h2", title, section);
  const table = wideTable(title, section), head = table.tHead.insertRow();
  table.className = "beside";
  element("td", "", head);
  runs.forEach((run, i) => {
    const th = element("th", "", head, {scope: "col", class: "n"});
    element("span", i + 1, th, {class: "number"});
    th.append(" ");
    runLink(run, th);
  });
  for (const [name, cells] of rows) {
    const tr = table.tBodies[0].insertRow();
    element("bdi", name, element("th", "", tr, {scope: "row"}));
    tr.append(...cells);
  }
}

function besideChart(metric, runs, parent) {
  const curves = runs.map(run => run.curves.find(c => c.metric == metric));
  const lines = curves.map((c, i) => ({name: `${i + 1} ${runs[i].name}`, steps: c ? c.line.steps : [], values: c ? c.line.values : []}));
  const figure = element("figure", "", parent, {class: "chart", "data-metric": metric});
  element("bdi", metric, element("figcaption", "", figure));
  if (lines.some(line => line.values.some(v => v !== null))) {
    figure.append(svg("svg", {"aria-label": metric + " of " + runs.length + " runs"}));
    element("p", "", figure, {class: "readout", "aria-live": "polite"});
  }
  curves.forEach((c, i) => { for (const note of c?.notes ?? []) element("p", `${i + 1} ${runs[i].name}: ${note}`, figure, {class: "note"}); });
  element("script", JSON.stringify({x: "step", lines}), figure, {type: "application/json"});
  enhance(figure);
}

// names are the parameters or metrics of all runs, in the order of their names.
const names = (runs, of) => [...new Set(runs.flatMap(run => run[of].map(e => e[0])))].sort();
const valueOf = (run, of, name) => run[of].find(e => e[0] == name);

function besideRuns(runs, parent) {
  const twice = name => runs.filter(run => run.name == name).length > 1;
  for (const run of runs) run.note = twice(run.name) ? run.started : "";
  const legend = element("ol", "", parent, {class: "legend"});
  runs.forEach((run, i) => {
    const li = element("li", "", legend, {"data-line": i + 1}), key = svg("svg", {viewBox: "0 0 44 14", "aria-hidden": true}, li);
    svg("path", {d: "M2 7H42"}, svg("g", {class: `line s${i % 7} d${i % 4}`}, key));
    li.append(" "); element("span", i + 1, li); li.append(" ");
    runLink(run, li, true);
  });
  const differ = [], same = [];
  for (const name of names(runs, "params")) {
    const values = runs.map(run => valueOf(run, "params", name)?.[1]);
    (values.every(v => v && v.at(-1) == values[0].at(-1)) ? same : differ).push([name, values]);
  }
  if (differ.length) besideTable("Parameters that differ", "differ", runs, differ.map(([name, values]) => [name, values.map(v => valueCell(v, v && !Number.isNaN(number(v.at(-1)))))]), parent);
  const metrics = names(runs, "metrics").map(name => [name, runs.map(run => {
    const m = valueOf(run, "metrics", name), td = valueCell(m?.[1], true);
    if (m?.[2]) element("small", m[2], td, {class: "range"});
    return td;
  })]);
  if (metrics.length) besideTable("Metrics", "metrics", runs, metrics, parent);
  const drawn = [...new Set(runs.flatMap(run => run.curves.map(c => c.metric)))].sort();
  if (drawn.length) {
    const section = element("section", "", parent, {id: "curves"});
    element("h2", "Curves", section);
    const charts = element("div", "", section, {class: "charts"});
    for (const metric of drawn) besideChart(metric, runs, charts);
  }
  if (!same.length) return;
  const details = element("details", "", parent, {id: "alike"});
  element("summary", `${same.length} ${same.length == 1 ? "parameter is" : "parameters are"} the same in all`, details);
  const table = wideTable("Parameters that are the same", details);
  table.className = "named";
  for (const [name, values] of same) {
    const tr = table.tBodies[0].insertRow();
    element("bdi", name, element("th", "", tr, {scope: "row"}));
    tr.append(valueCell(values[0]));
  }
}

document.addEventListener("DOMContentLoaded", async () => {
  const parent = document.getElementById("beside");
  if (!parent) return;
  const wanted = [...new Set(new URLSearchParams(location.search).getAll("run"))], refs = wanted.slice(0, 20);
  await Promise.all(refs.map(loadRun));
  const runs = refs.filter(ref => loaded.has(ref)).map(ref => loaded.get(ref));
  const say = (text, kind) => element("p", text, parent, {class: kind});
  for (const ref of refs) if (!loaded.has(ref)) say(`There is no run ${ref} among these pages.`, "alert");
  if (wanted.length > 20) say(`The first 20 are compared; ${wanted.length - 20} more were chosen.`, "alert");
  const choose = say(runs.length < 2 ? "Choose two runs or more, up to 20: " : "", "");
  element("a", runs.length < 2 ? "the list of runs" : "Choose others", choose, {href: "index.html?" + new URLSearchParams(refs.map(r => ["run", r]))});
  if (runs.length) besideRuns(runs, parent);
  parent.dataset.done = "";
});
