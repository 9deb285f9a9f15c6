// Finding by name and kind, and the orders of the cards.
function checkCards(page) {
  const cards = () => all(page, "article"), visible = () => cards().filter(shown), status = page.querySelector("[data-shown]");
  const find = page.querySelector("[data-find]"), kind = page.querySelector("[data-kind]"), order = page.querySelector("[data-order]");
  const total = cards().length;
  const says = (n, what) => {
    want(visible().length == n, what + ": " + visible().length + " cards and not " + n);
    want(status.textContent == (n == total ? "" : n + " of " + total + " columns"), what + ": it says " + status.textContent);
  };
  want(all(page, ".tools").every(shown), "a tool is hidden");
  for (const text of ["PURCH", "purch", "<script>", "עולם", "__proto__", "\"", "no such column", ""]) {
    choose(find, text, "input");
    says(cards().filter(c => c.querySelector("h3 bdi").textContent.toLowerCase().includes(text.toLowerCase())).length, "finding " + text);
  }
  const kinds = [...kind.options].map(o => o.value);
  want(kinds.length >= 7 && new Set(kinds).size == kinds.length, "the kinds are " + kinds);
  let sum = 0;
  for (const k of kinds.slice(1)) {
    choose(kind, k);
    const n = cards().filter(c => c.querySelector("h3 small").textContent.startsWith(k)).length;
    says(n, k);
    sum += n;
  }
  want(sum == total, "the kinds have " + sum + " of " + total + " cards");
  choose(kind, "number");
  choose(find, "balance", "input");
  says(2, "numbers called balance");
  choose(kind, "");
  choose(find, "", "input");
  const fact = (card, term) => {
    const e = all(card, "dl div").find(e => e.firstElementChild.textContent == term);
    return e ? Number(e.querySelector("dd").firstChild.data.replaceAll(",", "").replace("−", "-")) : 0;
  };
  const strengths = {};
  for (const row of page.querySelector("[id$='_overview'] table").tBodies[0].rows) strengths[row.querySelector("a").hash.slice(1)] = Math.abs(figure(row.cells[row.cells.length - 1])) || 0;
  for (const o of [...order.options].map(o => o.value).reverse()) {
    choose(order, o);
    const key = {
      index: c => Number(c.id.match(/\d+$/)), name: c => c.querySelector("h3 bdi").textContent, missing: c => c.querySelector(".card") ? -fact(c, "missing") : -2000,
      zeros: c => -fact(c, "zeros"), skewness: c => -Math.abs(fact(c, "skewness")), strength: c => -strengths[c.id],
    }[o];
    const keys = cards().map(key);
    want(inOrder(keys, 1, o == "name" ? (a, b) => a.localeCompare(b) : (a, b) => a - b), "ordered by " + o + ": " + keys);
    want(cards().length == total, "cards are lost");
  }
}

// One switch for all histograms, and each card's own.
function checkBins(page) {
  const bins = page.querySelector("[data-bins]");
  for (const value of [...bins.options].map(o => o.value).reverse()) {
    choose(bins, value);
    let n = 0;
    for (const input of all(page, "article .switch input")) if (input.value == value) { n++; want(input.checked, value + " is not chosen"); }
    want(n > 10, n + " histograms have the bins " + value);
  }
  checkSwitches(page);
}

// Radio buttons show one picture each, by styles alone.
function checkSwitches(page) {
  let switches = 0;
  for (const set of all(page, ".switch")) {
    const inputs = all(set, "input"), panes = [...set.querySelector(".panes").children];
    want(inputs.length == panes.length, "not as many pictures as buttons");
    [...inputs.keys()].reverse().forEach(i => {
      inputs[i].labels[0].click();
      want(inputs[i].checked && panes.every((pane, j) => shown(pane) == (i == j)), "button " + inputs[i].id + " does not show its picture");
      for (const svg of all(panes[i], "svg")) want(svg.getBoundingClientRect().height > 10, "a picture of no height");
      switches++;
    });
  }
  want(switches > 50, "only " + switches + " buttons");
}

function checkPairs(page) {
  const find = page.querySelector("[data-findpair]"), rows = [...page.querySelector("[data-pairs]").tBodies[0].rows];
  for (const text of ["balance", "<SCRIPT>", "nothing of that", ""]) {
    choose(find, text, "input");
    for (const row of rows)
      want(shown(row) == (row.cells[0].textContent + "\n" + row.cells[1].textContent).toLowerCase().includes(text.toLowerCase()), "finding the pair " + text + ": " + name(row));
  }
}

// The scatter of every pair, on one of the reports.
function checkScatter(page, window, frame) {
  const every = frame.dataset.name == "groups";
  const x = page.querySelector("[data-x]"), y = page.querySelector("[data-y]"), figure = page.querySelector("[data-scatter]");
  const data = JSON.parse(page.querySelector("[id$='_data']").textContent);
  const rows = Number(page.querySelector(".facts dd").textContent.replace(",", ""));
  want(!shown(figure), "a scatter of nothing");
  const drawn = new Set(), caption = () => figure.querySelector("figcaption").textContent;
  for (const a of [...x.options].map(o => o.value).slice(0, every ? Infinity : 2)) {
    choose(x, a);
    want([...y.options].every(o => o.value != a), "a column against itself");
    for (const b of [...y.options].map(o => o.value)) {
      choose(y, b);
      const names = [x.selectedOptions[0].label, y.selectedOptions[0].label], at = "the scatter of " + names.join(" and ");
      const pair = data.pairs.find(p => p.a == a && p.b == b || p.a == b && p.b == a);
      const cells = pair.c.replace(/[a-z]/g, "").length, most = Number(pair.m.replace(/,| rows?/g, ""));
      want(most >= 1 && most <= rows && caption().includes(pair.m), at + " has " + pair.m + " in a cell");
      const svg = figure.querySelector("svg");
      want(shown(svg) && all(figure, "svg").length == 1, at + " does not show");
      want([a, b].every(i => caption().includes(data.names[i]) && svg.getAttribute("aria-label").includes(data.names[i])), at + " is called " + caption());
      const hexagons = all(svg, "path").reduce((n, path) => n + path.getAttribute("d").split("M").length - 1, 0);
      want(hexagons == cells && !/NaN|undefined/.test(svg.outerHTML + caption()), at + " has " + hexagons + " hexagons");
      const box = drawn.size % 5 ? null : svg.getBBox(); // which is slow
      want(!box || box.x >= 0 && box.y >= 0 && box.x + box.width <= 257 && box.y + box.height <= 185, at + " leaves its picture");
      drawn.add(pair);
    }
  }
  want(!every || drawn.size == data.pairs.length && drawn.size > 100, drawn.size + " of " + data.pairs.length + " scatters");
  const first = page.querySelector(".scatters svg"), p = data.pairs[0];
  choose(x, p.a);
  choose(y, p.b);
  const d = svg => all(svg, "path").map(path => path.getAttribute("d")).filter(Boolean).join().replace(/\.0(?=\D)/g, "");
  want(d(first) == d(figure.querySelector("svg")), "the script draws the first scatter otherwise than the page");
}

// Links lead to their cards, even where these are filtered away.
function checkLinks(page, window) {
  const find = page.querySelector("[data-find]");
  const links = all(page, "nav a,.chips a,th a").filter((_, i) => i % 15 == 0);
  for (const link of links) {
    const to = page.getElementById(link.hash.slice(1));
    if (shown(find)) choose(find, "no such column", "input");
    want(!shown(find) || to.tagName != "ARTICLE" || !shown(to), "the card is not filtered away");
    link.click();
    want(window.location.hash == link.hash && shown(to), "the link to " + link.hash + " does not show it");
    const box = to.getBoundingClientRect(), end = window.scrollY + window.innerHeight >= page.documentElement.scrollHeight - 2;
    want(Math.abs(box.top) < 40 || end && box.top < window.innerHeight, "the link to " + link.hash + " leads " + box.top + " pixels beside it");
  }
  want(links.length > 5, links.length + " links");
}

// Without scripts, what needs them is not there, and everything else is.
function checkStill(page) {
  want(all(page, ".tools,button,[data-scatter]").every(e => !shown(e)), "a tool shows");
  want(all(page, "article").every(shown), "a card does not show");
  for (const e of all(page, "article summary")) { e.click(); want(e.parentNode.open && shown(e.nextElementSibling), "details do not open"); }
  want(page.querySelectorAll(".scatters svg").length == 6 && all(page, ".scatters svg").every(shown), "the scatters do not show");
}
