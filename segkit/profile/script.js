function (prefix) {
  "use strict";
  const root = document.getElementById(prefix);
  const one = selector => root.querySelector(selector);
  const all = selector => [...root.querySelectorAll(selector)];
  for (const tools of all(".tools")) tools.hidden = false;

  // Tables sort by a click on a heading; numbers are in data-v, empty ones go last.
  for (const table of all("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (!head.matches("th:not([data-still])")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const descending = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") == "ascending" : head.classList.contains("n");
        for (const h of heads) h.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        const key = row => {
          const cell = row.cells[column];
          return "v" in cell.dataset ? cell.dataset.v : cell.textContent;
        };
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => {
          const x = key(a), y = key(b);
          if (x === "" || y === "") return (x === "") - (y === "");
          const p = Number(x), q = Number(y), texts = Number.isNaN(p) - Number.isNaN(q); // numbers before texts
          return (texts || p - q || x.localeCompare(y)) * (descending ? -1 : 1);
        });
        table.tBodies[0].append(...rows);
      });
    });
  }

  // Cards: find, kind, order, bins.
  const cards = all("article"), holder = one("[data-cards]");
  const find = one("[data-find]"), kind = one("[data-kind]"), order = one("[data-order]"), bins = one("[data-bins]");
  for (const k of new Set(cards.map(card => card.dataset.kind))) kind.add(new Option(k));
  const show = () => {
    let shown = 0;
    for (const card of cards) {
      card.hidden = !card.dataset.name.toLowerCase().includes(find.value.toLowerCase()) || kind.value != "" && card.dataset.kind != kind.value;
      if (!card.hidden) shown++;
    }
    one("[data-shown]").textContent = shown == cards.length ? "" : shown + " of " + cards.length + " columns";
  };
  find.addEventListener("input", show);
  kind.addEventListener("change", show);
  order.addEventListener("change", () => {
    const by = order.value, value = card => Number(card.dataset[by] || 0);
    holder.append(...cards.sort((a, b) =>
      by == "name" ? a.dataset.name.localeCompare(b.dataset.name) : by == "index" ? value(a) - value(b) : value(b) - value(a) || a.dataset.index - b.dataset.index));
  });
  bins.addEventListener("change", () => {
    for (const card of cards) {
      const input = [...card.querySelectorAll(".switch input")].find(input => input.value == bins.value);
      if (input) input.checked = true;
    }
  });
  // A link to a card that is filtered away shows all cards again. In a frame whose text is an attribute of another page, a
  // link would lead to that page, so the way is gone here.
  root.addEventListener("click", event => {
    const link = event.target.closest("a[href^='#']"), place = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!place) return;
    if (place.hidden) { find.value = kind.value = ""; show(); }
    if (location.protocol == "about:") {
      event.preventDefault();
      place.tabIndex = -1;
      place.focus({ preventScroll: true });
      place.scrollIntoView();
    }
  });

  const findPair = one("[data-findpair]");
  if (findPair) findPair.addEventListener("input", () => {
    for (const row of one("[data-pairs]").tBodies[0].rows)
      row.hidden = !(row.cells[0].textContent + " " + row.cells[1].textContent).toLowerCase().includes(findPair.value.toLowerCase());
  });

  // The picture of all pairs says what it shows where it is pointed at.
  for (const matrix of all("svg.matrix")) {
    const labels = [...matrix.querySelectorAll("text")], at = (n, i) => labels.filter((_, j) => j % 2 == i)[n];
    const places = labels.filter((_, j) => j % 2 == 0).map(l => Number(l.getAttribute("y")) - 4);
    const nearest = v => places.reduce((best, p, i) => Math.abs(p - v) < Math.abs(places[best] - v) ? i : best, 0);
    matrix.addEventListener("pointerover", event => {
      const mark = event.target, box = mark.tagName == "circle" || mark.tagName == "rect" ? mark.getBBox() : null;
      if (!box || mark.firstChild) return;
      const title = document.createElementNS(matrix.namespaceURI, "title");
      const value = (Number(mark.getAttribute("opacity")) - 0.25) / 0.75 * (mark.parentNode.getAttribute("class") == "down" ? -1 : 1);
      title.textContent = at(nearest(box.y + box.height / 2), 0).textContent + ", " + at(nearest(box.x + box.width / 2), 1).textContent + ": " + value.toFixed(2);
      mark.append(title);
    });
  }

  // The scatter of any pair, from counts in hexagons.
  const data = JSON.parse(document.getElementById(prefix + "_data").textContent);
  const x = one("[data-x]"), y = one("[data-y]"), figure = one("[data-scatter]");
  if (x && data.pairs.length) {
    const partners = i => data.pairs.flatMap(p => p.a == i ? [p.b] : p.b == i ? [p.a] : []);
    const options = (select, indices, chosen) => select.replaceChildren(...indices.map(i => new Option(data.names[i], i, i == chosen, i == chosen)));
    const names = data.names.map((_, i) => i);
    options(x, names, data.pairs[0].a);
    options(y, partners(data.pairs[0].a), data.pairs[0].b);
    const draw = () => {
      const a = Number(x.value), b = Number(y.value);
      const pair = data.pairs.find(p => p.a == a && p.b == b || p.a == b && p.b == a);
      const paths = ["", "", "", "", "", ""];
      let cell = 0; // digits are how dark a cell is, letters how many are skipped
      for (const c of pair.c) {
        if (c >= "a") { cell += c.charCodeAt(0) - 96; continue; }
        const row = Math.floor(cell / 25), column = cell % 25;
        paths[c] += "M" + (6 + 10 * column + 5 * (row % 2)) + " " + (1 + 9 * (19 - row)) + "l5 3v6l-5 3-5-3v-6z";
        cell++;
      }
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("viewBox", "0 0 257 185");
      svg.setAttribute("class", "hex");
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", "Scatter of " + data.names[pair.a] + " and " + data.names[pair.b] + ", " + pair.r);
      paths.forEach((d, level) => {
        const path = document.createElementNS(svg.namespaceURI, "path");
        path.setAttribute("class", "h" + level);
        path.setAttribute("d", d);
        svg.append(path);
      });
      const caption = document.createElement("figcaption");
      caption.textContent = data.names[pair.a] + " across, " + pair.x + "; " + data.names[pair.b] + " up, " + pair.y + "; " + pair.r + "; " + pair.o + " of the rows outside; the darkest hexagon has " + pair.m + ".";
      figure.replaceChildren(svg, caption);
      figure.hidden = false;
    };
    x.addEventListener("change", () => { options(y, partners(Number(x.value)), Number(y.value)); draw(); });
    y.addEventListener("change", draw);
  }
}
