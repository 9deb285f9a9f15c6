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
  // A link to a card that is filtered away shows all cards again.
  root.addEventListener("click", event => {
    const link = event.target.closest("a[href^='#']"), card = link && document.getElementById(link.getAttribute("href").slice(1));
    if (card && card.hidden) { find.value = kind.value = ""; show(); }
  });

  const findPair = one("[data-findpair]");
  if (findPair) findPair.addEventListener("input", () => {
    for (const row of one("[data-pairs]").tBodies[0].rows)
      row.hidden = !(row.cells[0].textContent + " " + row.cells[1].textContent).toLowerCase().includes(findPair.value.toLowerCase());
  });

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
      const numbers = pair.c.split(" ").map(n => parseInt(n, 36));
      const cells = [];
      let cell = 0, most = 1;
      for (let i = 0; i + 1 < numbers.length; i += 2) {
        cell += numbers[i];
        cells.push([cell, numbers[i + 1]]);
        most = Math.max(most, numbers[i + 1]);
      }
      const paths = ["", "", "", "", "", ""];
      for (const [cell, n] of cells) {
        const row = Math.floor(cell / 25), column = cell % 25;
        const level = most <= 1 ? 3 : Math.min(5, Math.floor(6 * Math.log(n) / Math.log(most + 1)));
        paths[level] += "M" + (6 + (column + row % 2 / 2) * 10) + " " + (0.2 + (19 - row) * 8.66).toFixed(1) + "l5 2.9v5.8l-5 2.9-5-2.9v-5.8z";
      }
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("viewBox", "0 0 257 177");
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
      caption.textContent = data.names[pair.a] + " across, " + pair.x + "; " + data.names[pair.b] + " up, " + pair.y + "; " + pair.r + "; " + pair.o + " of the rows outside; the darkest hexagon has " + most.toLocaleString("en") + " rows.";
      figure.replaceChildren(svg, caption);
      figure.hidden = false;
    };
    x.addEventListener("change", () => { options(y, partners(Number(x.value)), Number(y.value)); draw(); });
    y.addEventListener("change", draw);
  }
}
