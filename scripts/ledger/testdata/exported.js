// Checks of exported pages, which lie in files. They share functions with the checks of the profile report.
const wait = ms => new Promise(resolve => setTimeout(resolve, ms));
const until = async (ok, what) => { for (let i = 0; i < 500; i++) { if (ok()) return true; await wait(20); } complain("never: " + what); return false; };
const names = page => all(page, "#list tbody tr").map(tr => tr.querySelector("[name=run]").value);

// Every query finds what the server finds, in its order.
async function checkQueries(page, window) {
  const field = page.querySelector("[type=search]"), status = page.getElementById("found");
  for (const e of expected) {
    window.go("?" + new URLSearchParams({sort: e.Sort}));
    choose(field, e.Query, "input");
    await wait(150);
    want(names(page).join() == e.Names.join(), `${e.Query} by ${e.Sort} finds ${names(page)} and not ${e.Names}`);
    want(status.textContent == e.Found, `${e.Query} says ${status.textContent} and not ${e.Found}`);
    want((new URLSearchParams(window.location.search).get("q") ?? "") == e.Query, "the address is " + window.location.search);
  }
}

async function checkChoices(page, window) {
  window.go("?");
  const head = label => all(page, "thead th").find(th => th.querySelector("bdi")?.textContent == label);
  head("silhouette").querySelector("a").click();
  want(head("silhouette").getAttribute("aria-sort") == "descending" && names(page)[0] == "run-k4", "sorted: " + names(page));
  page.getElementById("columns").open = true;
  all(page, "[name=col]").find(b => b.value == "param:seed").click();
  want(head("seed") && head("silhouette") && page.getElementById("columns").open, "no column seed");
  all(page, "[name=col]").find(b => b.value == "last:silhouette").click();
  want(!head("silhouette"), "silhouette stays");
  const button = page.querySelector("button.compare");
  want(button.disabled, "nothing can be compared");
  for (const name of ["run-k1", "run-k2"]) all(page, "#list tbody [name=run]").find(b => b.value == name).click();
  want(!button.disabled && page.getElementById("picked").textContent == "2 chosen", "it says " + page.getElementById("picked").textContent);
  button.click();
  await until(() => window.location.pathname.endsWith("/compare.html") && window.document.querySelector("[data-done]"), "the comparison opens");
  want(window.location.search == "?run=run-k1&run=run-k2" && all(window.document, ".legend li").length == 2, "it compares " + window.location.search);
}

const squeezed = e => e.textContent.replace(/\s+/g, " ").trim();

// The comparison is the one that the server makes.
async function checkBeside(page, window) {
  await until(() => page.querySelector("[data-done]"), "the comparison");
  const theirs = new DOMParser().parseFromString(expected, "text/html");
  for (const selector of ["h1", "h2", "#differ tr", "#metrics tr", ".legend li", "#alike tr", "#alike summary", ".chart figcaption bdi", ".chart .note"]) {
    const a = all(theirs, selector).map(squeezed), b = all(page, selector).map(squeezed);
    want(a.length > 0 && a.join("|") == b.join("|"), `${selector} is ${b.join("|")} and not ${a.join("|")}`);
  }
  const paths = doc => all(doc, ".chart .line > path").map(p => p.getAttribute("d").replace(/\.0(?=\D|$)/g, ""));
  want(paths(page).join("|") == paths(theirs).join("|"), "the curves are other ones: " + paths(page)[0]?.slice(0, 80) + " and " + paths(theirs)[0]?.slice(0, 80));
  const marks = doc => all(doc, ".chart .axis text").map(squeezed);
  want(marks(page).join() == marks(theirs).join(), `the marks are ${marks(page)} and not ${marks(theirs)}`);
  const ends = doc => all(doc, ".chart .line > text").map(e => squeezed(e) + " " + Math.round(e.getAttribute("x")) + " " + Math.round(e.getAttribute("y")));
  want(ends(page).join() == ends(theirs).join(), `the numbers are ${ends(page)} and not ${ends(theirs)}`);
}

async function checkTable(page, window) {
  const rows = () => all(page, "tbody tr"), first = i => rows()[0].cells[i].textContent;
  want(rows().length == 100 && squeezed(page.getElementById("found")) == "100,000 rows", rows().length + " rows, " + squeezed(page.getElementById("found")));
  all(page, "[rel=next]")[0].click();
  want(first(0) == "101", "the second page begins with " + first(0));
  all(page, "thead a")[2].click();
  want(first(3) == "976.5", "the largest is " + first(3));
  all(page, "thead a")[2].click();
  want(first(3) == "0.5", "the smallest is " + first(3));
  choose(page.querySelector("[type=search]"), "customer 77777", "input");
  await wait(200);
  want(rows().length == 1 && first(2) == "customer 77777", rows().length + " rows are found");
}

// Nothing is wider than the screen, but what scrolls by itself, and that has a name and can be reached with the keyboard.
async function checkWide(page, window, frame) {
  await wait(50);
  const wide = page.documentElement.scrollWidth;
  if (wide > frame.dataset.width) complain("it is " + wide + " pixels wide: " + all(page, "main *").filter(e => e.getBoundingClientRect().right > frame.dataset.width && !e.closest(".wide")).slice(0, 3).map(name));
  for (const details of all(page, "details")) details.open = true;
  want(page.documentElement.scrollWidth <= frame.dataset.width, "with everything open it is " + page.documentElement.scrollWidth + " pixels wide");
  for (const e of all(page, "*")) {
    const style = window.getComputedStyle(e);
    if ((style.overflowX == "auto" || style.overflowY == "auto") && !e.matches("html,body,.choose,select")) want(e.tabIndex == 0 && e.getAttribute("role") == "region" && e.getAttribute("aria-label"), "what scrolls has no name: " + name(e));
  }
}

function checkNames(page) {
  want(page.documentElement.lang && page.title && all(page, "h1").length == 1 && page.querySelector("main h1"), "no language, title or heading");
  const ids = new Set();
  for (const e of all(page, "[id]")) { want(!ids.has(e.id), "the id " + e.id + " occurs twice"); ids.add(e.id); }
  for (const e of all(page, "input:not([type=hidden])")) want(e.getAttribute("aria-label") || e.labels.length == 1 && e.labels[0].textContent.trim(), "no label: " + e.outerHTML);
  for (const e of all(page, "svg")) want(e.getAttribute("aria-hidden") == "true" || e.getAttribute("aria-label"), "a picture without a name");
  for (const e of all(page, "th")) want(e.scope && e.textContent.trim(), "a heading without a scope or text: " + e.outerHTML.slice(0, 100));
  for (const e of all(page, "a,button,summary")) want(e.textContent.trim() || e.querySelector("img[alt]"), "nothing to click on: " + e.outerHTML);
  for (const e of all(page, "iframe")) want(e.title, "a frame without a title");
  let last = 0;
  for (const e of all(page, "h1,h2,h3")) { want(e.tagName[1] <= last + 1, "the level jumps to " + name(e)); last = Number(e.tagName[1]); }
  for (const e of all(page, "[aria-describedby]")) want(ids.has(e.getAttribute("aria-describedby")), "nothing describes " + name(e));
}

// Text stands out from what is behind it by 4.5, lines by 3.
function checkReadable(page, window) {
  for (const details of all(page, "details")) details.open = true;
  const worst = new Map();
  const test = (what, ratio, least) => { if (!(ratio >= (worst.get(what)?.[0] ?? least))) worst.set(what, [ratio, least]); };
  for (const e of all(page, "body *")) {
    if (!shown(e) || e.closest("style,script,noscript,:disabled")) continue;
    const style = window.getComputedStyle(e), back = behind(e), what = e.localName + "." + (e.getAttribute("class") || "") + " in " + e.parentElement.localName;
    if ([...e.childNodes].some(n => n.nodeType == 3 && n.data.trim())) test(what, contrast(over(seen(e, e.namespaceURI.endsWith("svg") ? style.fill : style.color), back), back), 4.5);
    if (e.matches(".line path,.lineage path")) test(what, contrast(over(seen(e, style.stroke), back), back), 3);
    if (e.matches("[type=search],button:not(.compare),.drop>summary")) test(what + " border", contrast(over(rgba(style.borderTopColor), behind(e.parentElement)), behind(e.parentElement)), 3);
  }
  for (const [what, [ratio, least]] of worst) complain(what + " has a contrast of " + ratio.toFixed(2) + ", less than " + least);
}

// On paper, as far as styles tell: this puts the styles of print to work.
function checkPrinted(page, window, frame) {
  let rules = 0;
  for (const sheet of page.styleSheets) for (const rule of sheet.cssRules) if (rule.media?.mediaText == "print") { rule.media.mediaText = "all"; rules++; }
  want(rules == 2, rules + " rules for print");
  want(all(page, ".tools,.pages,.bar,td.pick").every(e => !shown(e)), "there is something to click on");
  for (const e of all(page, ".wide table")) want(!shown(e) || e.getBoundingClientRect().right <= Number(frame.dataset.width) + 1, "a table is " + Math.round(e.getBoundingClientRect().right) + " pixels wide on paper");
}

async function checkInnocent(page, window) {
  await wait(30);
  want(window.evil === undefined && top.evil === undefined && !page.querySelector("x-evil"), "evil " + window.evil);
  for (const e of all(page, "main *")) for (const a of e.attributes) want(!a.name.startsWith("on") && !/^\s*javascript:/.test(a.value) || a.name == "value" || a.name.startsWith("aria") || a.name == "title" || a.name.startsWith("data-") || a.name == "alt" || a.name == "download" || a.name == "id", "an attribute " + a.name + "=" + a.value);
}

// A report in a file has scripts, and reaches neither the page around it nor what the browser keeps.
let said;
addEventListener("message", e => said = e.data);
async function checkReport(page, window) {
  const frame = page.querySelector("iframe.report");
  frame.loading = "eager";
  await until(() => said, "the report speaks");
  want(said == "null blocked blocked blocked", "the report says " + said);
  want(frame.contentDocument === null && window.evil === undefined && page.title.startsWith("run-k3"), "the report has reached the page");
}
