"use strict";
const found = [];
let about = "";
const complain = what => found.push(about + ": " + what);
const want = (ok, what) => { if (!ok) complain(what); };
const all = (page, selector) => [...page.querySelectorAll(selector)];
const shown = element => element.getClientRects().length > 0;
const name = element => (element.tagName + "." + (element.getAttribute("class") || "") + " " + element.textContent).replace(/\s+/g, " ").slice(0, 60);
const choose = (control, value, kind = "change") => {
  control.value = value;
  want(control.value == value, "cannot choose " + value);
  control.dispatchEvent(new Event(kind, {bubbles: true}));
};

// Nothing is asked of any server, and nothing in the data became a part of the page.
function checkRequests(page, window) {
  want(page.querySelector("h1"), "there is no page");
  for (const e of window.performance.getEntriesByType("resource")) complain("it asks for " + e.name);
  for (const e of all(page, "[src],[href],[action],[srcset],[data],object,embed,iframe,form,img,base,meta[http-equiv]")) {
    const to = e.getAttribute("href") || "";
    if (to == "data:,") continue;
    want(e.tagName == "A" && to.startsWith("#") && page.getElementById(to.slice(1)), "a link or request: " + e.outerHTML.slice(0, 200));
  }
  for (const e of all(page, "*")) for (const a of e.attributes) want(!a.name.startsWith("on"), "an attribute " + a.name + " of " + e.tagName);
  want(page.scripts.length == 2, "there are " + page.scripts.length + " scripts");
  want(!/url\(|@import/.test(page.querySelector("div > style").textContent), "the styles ask for something");
}

// What can be computed of the rules for accessible pages.
function checkMarkup(page) {
  want(page.documentElement.lang && page.title, "no language or title");
  want(page.characterSet == "UTF-8", "not UTF-8");
  const ids = new Set();
  for (const e of all(page, "[id]")) { want(!ids.has(e.id), "the id " + e.id + " occurs twice"); ids.add(e.id); }
  for (const e of all(page, "[for],[aria-labelledby]")) want(ids.has(e.htmlFor || e.getAttribute("aria-labelledby")), "no element for " + name(e));
  for (const e of all(page, "input,select")) want(e.labels.length == 1 && e.labels[0].textContent.trim(), "no label: " + e.outerHTML);
  for (const e of all(page, "fieldset")) want(e.querySelector("legend").textContent.trim(), "an empty legend");
  for (const e of all(page, "svg")) want(e.getAttribute("aria-hidden") == "true" || e.getAttribute("role") == "img" && e.getAttribute("aria-label"), "a picture without a name");
  for (const e of all(page, "th")) { want(e.scope, "a heading without a scope: " + name(e)); want(e.textContent.trim(), "an empty heading in " + name(e.closest("table"))); }
  for (const e of all(page, "a,button,summary")) want(e.textContent.trim(), "nothing to click on: " + e.outerHTML);
  for (const table of all(page, "table")) {
    const cells = [...table.rows].map(row => [...row.cells].reduce((n, cell) => n + cell.colSpan, 0));
    want(new Set(cells).size == 1, "rows of " + [...new Set(cells)] + " cells in " + name(table));
  }
  for (const row of all(page, "tr")) if (row.querySelector(".meter") && row.cells[2].textContent == "–") want(row.querySelector(".meter i").offsetWidth < 2, "a bar of nothing: " + name(row));
  let last = 0;
  for (const e of all(page, "h1,h2,h3,h4,h5,h6")) {
    const level = Number(e.tagName[1]);
    want(level <= last + 1, "the level jumps to " + name(e));
    last = level;
  }
  want(all(page, "h1").length == 1, all(page, "h1").length + " headings h1");
  want(page.querySelector("main h1"), "no main part");
  for (const e of all(page, "*")) {
    const style = page.defaultView.getComputedStyle(e);
    if ((style.overflowX == "auto" || style.overflowY == "auto") && e.localName != "html" && e.localName != "body")
      want(e.tabIndex == 0 && e.getAttribute("role") == "region" && e.getAttribute("aria-label"), "what scrolls has no name: " + name(e));
  }
}

// What a cell shows, as a number if it is one.
const figure = cell => {
  const text = cell.textContent.trim().replaceAll(",", "").replace("−", "-");
  return /^[<>]? ?-?[\d.]+( %)?$/.test(text) ? Number(text.replace(/[<>% ]/g, "")) : NaN;
};
const inOrder = (values, sign, compare) => values.every((v, i) => !i || compare(values[i - 1], v) * sign <= 0);

// Every table sorts by every column, in both directions.
function checkSorting(page) {
  const tables = all(page, "table.sortable");
  want(tables.length >= 3, tables.length + " tables sort");
  for (const table of tables) {
    const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0], rows = [...body.rows];
    heads.forEach((head, column) => {
      const button = head.querySelector("button");
      if (!button) return want(head.hasAttribute("data-still") || head.localName == "td", "no way to sort by " + name(head));
      const seen = [];
      for (let click = 0; click < 3; click++) {
        button.click();
        const direction = head.getAttribute("aria-sort"), sign = direction == "ascending" ? 1 : -1;
        const at = "sorted " + direction + " by " + head.textContent + " of " + table.parentNode.getAttribute("aria-label");
        seen.push(direction);
        want(heads.filter(h => h.hasAttribute("aria-sort")).length == 1, at + ": aria-sort is not on one heading");
        want(body.rows.length == rows.length && rows.every(row => row.parentNode == body), at + ": rows are lost");
        const cells = [...body.rows].map(row => row.cells[column]);
        want(cells.every(c => c.dataset.v != "NaN"), at + ": a value to sort by is NaN");
        const blank = cells.map(c => ["", "–"].includes(c.textContent.trim()) ? 1 : 0);
        want(inOrder(blank, 1, (a, b) => a - b), at + ": what is empty is not last: " + cells.map(c => c.textContent).join("|").slice(0, 300));
        const full = cells.filter((_, i) => !blank[i]), numbers = full.map(figure);
        if (!numbers.some(Number.isNaN))
          want(inOrder(numbers, sign, (a, b) => a - b) || inOrder(numbers.map(Math.abs), sign, (a, b) => a - b), at + ": " + numbers);
        else if (!full.some(c => "v" in c.dataset) && numbers.every(Number.isNaN))
          want(inOrder(full.map(c => c.textContent), sign, (a, b) => a.localeCompare(b)), at + ": " + full.map(c => c.textContent).join("|").slice(0, 300));
      }
      want(seen[0] == seen[2] && seen[0] != seen[1] && (seen[0] == "descending") == head.classList.contains("n"), "sorting by " + name(head) + ": " + seen);
    });
  }
}
