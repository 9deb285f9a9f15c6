"use strict";
// Checks that act on served pages as a reader does.
const found = [];
const complain = what => found.push(location.pathname + location.search + ": " + what);
const want = (ok, what) => { if (!ok) complain(what); };
const all = selector => [...document.querySelectorAll(selector)];
const wait = ms => new Promise(resolve => setTimeout(resolve, ms));
const until = async (ok, what) => { for (let i = 0; i < 500; i++) { if (ok()) return true; await wait(20); } complain("never: " + what); return false; };
const names = () => all("#list tbody th a").map(a => a.textContent);
const type = (field, text) => { field.value = text; field.dispatchEvent(new Event("input", {bubbles: true})); };
const column = label => all("thead th").findIndex(th => th.querySelector("bdi")?.textContent == label);
const cells = label => all("tbody tr").map(tr => tr.cells[column(label)].textContent);

async function checkList() {
  const field = document.querySelector("[type=search]"), rows = all("#list tbody tr").length;
  field.focus();
  type(field, "k=3");
  await until(() => names().join() == "run-k3", "k=3 finds one run");
  want(location.search == "?q=k%3D3", "the address does not say what is looked for: " + location.search);
  want(document.activeElement == field && field.value == "k=3", "the field is lost while one types");
  want(/^1 of \d+ runs/.test(document.getElementById("found").textContent), "it says " + document.getElementById("found").textContent);
  type(field, "unknown=3");
  await until(() => document.getElementById("found").textContent.includes("no run has a parameter"), "it says that there is no such parameter");
  want(all("#list tbody tr").length == 0, "runs are left");
  all("#found a")[0].click();
  await until(() => all("#list tbody tr").length == rows, "all runs are back");
  field.blur();

  const heads = () => all("#list thead th")[column("silhouette")];
  for (const [direction, first] of [["descending", "0.4000"], ["ascending", "0"], ["descending", "0.4000"]]) {
    heads().querySelector("a").click();
    await until(() => heads().getAttribute("aria-sort") == direction, "sorted " + direction);
    const values = cells("silhouette");
    want(values[0] == first && values.at(-1) == "–", "sorted " + direction + ": " + values);
    want(all("[aria-sort]").length == 1, "two columns say that they are sorted by");
  }
  const columns = document.getElementById("columns");
  columns.open = true;
  const box = value => all("[name=col]").find(b => b.value == value);
  want(box("param:seed") && !box("param:seed").checked, "seed is a column");
  box("param:seed").click();
  await until(() => column("seed") > 0, "there is a column seed");
  want(columns.open && columns.isConnected, "the choice of columns closes");
  want(new URLSearchParams(location.search).getAll("col").includes("param:seed"), "the address has no columns: " + location.search);
  want(cells("seed").includes("42"), "seed is " + cells("seed"));
  box("max:loss").click();
  await until(() => all("thead th small").some(e => e.textContent == "max"), "there is a column for the maximum");
  box("last:silhouette").click();
  await until(() => column("silhouette") < 0, "the column silhouette goes");
  document.body.click();
  want(!columns.open, "a click beside it does not close the choice");
  history.back();
  await wait(200);
  history.forward();
  await wait(200);

  const compare = () => document.querySelector("button.compare");
  want(compare().disabled, "nothing can be compared");
  for (const name of ["run-k1", "run-k3", "broken"]) {
    all("#list [type=checkbox][name=run]").find(b => b.value == name).click();
    await until(() => new URLSearchParams(location.search).getAll("run").includes(name), name + " is in the address");
  }
  want(document.getElementById("picked").textContent == "3 chosen", "it says " + document.getElementById("picked").textContent);
  type(document.querySelector("[type=search]"), "nothing of that");
  await until(() => all("#list tbody tr").length == 0, "nothing is found");
  want(!compare().disabled && document.getElementById("picked").textContent == "3 chosen", "what is chosen is forgotten when it is not shown");
  let to = "";
  navigation.addEventListener("navigate", e => { to = e.destination.url; e.preventDefault(); }); // the check of that page is another one's
  compare().click();
  await wait(100);
  const asked = new URL(to || location.href);
  want(asked.pathname == "/compare" && asked.searchParams.getAll("run").sort().join() == "broken,run-k1,run-k3" && [...asked.searchParams.keys()].length == 3, "it leads to " + asked);
}

async function checkCompare() {
  want(all(".legend li").length == 3 && all("#differ tbody tr").length == 5, all(".legend li").length + " runs, " + all("#differ tbody tr").length + " parameters");
  const figure = document.querySelector(".chart"), svg = () => figure.querySelector("svg"), readout = figure.querySelector(".readout");
  want(figure.dataset.metric == "loss" && svg().querySelectorAll(".line").length == 2, "the curves are " + svg().querySelectorAll(".line").length);
  const classes = [...svg().querySelectorAll(".line")].map(g => getComputedStyle(g.querySelector("path")).strokeDasharray + getComputedStyle(g.querySelector("path")).stroke);
  want(new Set(classes).size == classes.length, "two curves look the same: " + classes);
  await hover(figure);
  want(/step 2\d/.test(readout.textContent) && readout.textContent.includes("run-k1") && readout.textContent.includes("run-k3"), "at the pointer it says " + readout.textContent);
  document.querySelector(".legend li").dispatchEvent(new PointerEvent("pointerover", {bubbles: true}));
  want(svg().classList.contains("faint") && svg().querySelectorAll(".strong").length <= 1, "the legend shows nothing");
  document.querySelector(".legend li").dispatchEvent(new PointerEvent("pointerout", {bubbles: true}));
  want(!svg().classList.contains("faint"), "the curves stay faint");
}

// hover moves the pointer to the middle of a chart.
async function hover(figure) {
  figure.scrollIntoView();
  const box = figure.querySelector("svg").getBoundingClientRect();
  figure.querySelector("svg").dispatchEvent(new PointerEvent("pointermove", {bubbles: true, clientX: box.left + box.width / 2, clientY: box.top + box.height / 2}));
}

async function checkRun() {
  const figure = document.querySelector(".chart"), readout = () => figure.querySelector(".readout").textContent, svg = () => figure.querySelector("svg");
  const key = name => svg().dispatchEvent(new KeyboardEvent("keydown", {key: name, bubbles: true, cancelable: true}));
  await hover(figure);
  const values = JSON.parse(figure.querySelector("script").textContent).lines[0];
  const [, step, value] = readout().match(/^step (\d+) +([-\d.e−]+) *$/) ?? [];
  want(Math.abs(step - 24.5) < 3 && Number(value) == values.values[values.steps.indexOf(Number(step))], "at the pointer it says " + readout());
  want(svg().querySelectorAll(".spot,.rule").length == 2, "nothing marks the place");
  key("Home");
  want(readout().startsWith("step 0"), "Home leads to " + readout());
  key("ArrowRight");
  want(readout().startsWith("step 1"), "the arrow leads to " + readout());
  key("End");
  want(readout().startsWith("step 49"), "End leads to " + readout());
  key("Escape");
  want(readout().trim() == "step" && !svg().querySelector(".spot"), "Escape leaves " + readout());
  // Step 20 has no value: the line has a gap there.
  want(svg().querySelector(".line path").getAttribute("d").split("M").length == 3, "the curve has no gap");
  const button = figure.querySelector("button"), before = svg().outerHTML;
  button.click();
  want(button.getAttribute("aria-pressed") == "true" && svg().outerHTML != before && !/NaN|Infinity/.test(svg().outerHTML), "there is no logarithm");
  button.click();
  want(button.getAttribute("aria-pressed") == "false", "the logarithm stays");

  const frame = document.querySelector("iframe.report");
  want(frame.getAttribute("sandbox") == "allow-scripts" && frame.contentDocument === null, "the frame's document can be reached");
  frame.loading = "eager"; // a lazy one waits for a picture to be drawn, which a headless browser may never do
  frame.scrollIntoView();
  // The frame works while real time passes, which a request does, and a timer here does not.
  for (let i = 0; i < 200 && !window.said; i++) await fetch("/check.js", {cache: "no-store"});
  await until(() => window.said, "the report speaks");
  want(window.said == "null blocked blocked blocked", "the report says " + window.said);
  want(window.evil === undefined && document.title.startsWith("run-k3"), "the report has reached the page");
  const image = all("#figures img")[0];
  await until(() => image.naturalWidth == 40, "the picture shows");
}
addEventListener("message", e => { window.said = e.data; });

async function checkTable() {
  const rows = () => all("tbody tr"), first = i => rows()[0].cells[i].textContent, total = document.getElementById("found");
  want(rows().length == 100 && total.textContent == "100,000 rows", rows().length + " rows, " + total.textContent);
  all("[rel=next]")[0].click();
  await until(() => first(0) == "101", "the second page");
  all("thead a")[2].click();
  await until(() => first(3) == "976.5", "the largest first");
  want(location.search == "?sort=-2", "the address is " + location.search);
  all("thead a")[2].click();
  await until(() => first(3) == "0.5", "the smallest first");
  type(document.querySelector("[type=search]"), "customer 77777");
  await until(() => rows().length == 1 && first(2) == "customer 77777", "one row is found");
  type(document.querySelector("[type=search]"), "");
  await until(() => rows().length == 100, "all rows are back");
  want(all(".tall")[0].scrollHeight > all(".tall")[0].clientHeight, "the table does not scroll by itself");
}

async function checkLive() {
  const figure = document.querySelector(".chart"), points = () => JSON.parse(figure.querySelector("script").textContent).lines[0].values.length;
  const begin = points(), row = document.querySelector("#metrics tbody tr"), details = document.querySelector("#parameters details");
  want(document.documentElement.hasAttribute("data-live"), "it is not live");
  figure.querySelector("button").click();
  details.open = true;
  await hover(figure);
  scrollTo({top: 200, behavior: "instant"});
  const y = scrollY, at = figure.querySelector(".readout").textContent;
  row.cells[0].mark = "the same";
  await until(() => points() > begin, "the curve grows");
  want(figure.isConnected && row.isConnected && row.cells[0].mark == "the same", "parts that did not change are new");
  want(details.open && scrollY == y && figure.querySelector("button").getAttribute("aria-pressed") == "true", `what the reader chose is lost: ${details.open} ${scrollY} ${y}`);
  want(figure.querySelectorAll("button").length == 1 && figure.querySelectorAll("svg").length == 1, "there are two of something");
  want(figure.querySelector(".readout").textContent.startsWith(at.split("·")[0].slice(0, 6)), "the reader's place is lost: " + figure.querySelector(".readout").textContent);
  for (let i = 0; i < 30 && document.documentElement.hasAttribute("data-live"); i++) await wait(500);
  want(document.querySelector(".facts dd").textContent == "ended" && !document.querySelector("h1 .state"), "it does not say that it has ended");
  const asked = performance.getEntriesByType("resource").length;
  await wait(6000);
  want(performance.getEntriesByType("resource").length == asked, "it asks on after the end");
}

async function checkEvil() {
  await wait(500);
  want(window.evil === undefined && !document.querySelector("x-evil"), "evil " + window.evil);
}

addEventListener("load", async () => {
  const check = document.querySelector("meta[name=check]").content;
  try { await globalThis[check](); } catch (e) { complain(check + " threw " + e.stack); }
  const result = document.createElement("pre");
  result.id = "result";
  result.textContent = JSON.stringify(found);
  document.body.append(result);
});
