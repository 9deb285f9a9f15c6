// Several reports on one page: each knows its own parts only, and the page around them stays as it was.
function checkFragments(page) {
  const host = document.querySelector("iframe[data-name=host]").contentDocument;
  if (page == host) return;
  const size = /size|width|height|origin/; // a longer page has a bar to scroll by
  const theirs = all(host, "main,main *"), ours = all(page, "main,main *");
  want(theirs.length == ours.length && ours.length > 20, "the page around has " + ours.length + " parts");
  ours.forEach((e, i) => {
    const a = getComputedStyle(e), b = getComputedStyle(theirs[i]);
    for (const property of a) want(size.test(property) && !/border|outline|font/.test(property) || a[property] == b[property], "the page's " + e.localName + " has " + property + " " + a[property] + " and not " + b[property]);
  });
  want(getComputedStyle(page.body).backgroundColor == getComputedStyle(host.body).backgroundColor && page.title == "host", "the page is changed");

  const roots = all(page, "[class$='-report']"), ids = new Set();
  want(roots.length == 3, roots.length + " reports");
  for (const e of all(page, "[id]")) { want(!ids.has(e.id), "the id " + e.id + " occurs twice"); ids.add(e.id); }
  for (const root of roots) {
    const inside = (id, e) => want(root.contains(page.getElementById(id)), name(e) + " of " + root.id + " belongs to " + id);
    for (const e of all(root, "[id]")) want(e.id == root.id || e.id.startsWith(root.id + "_"), "the id " + e.id + " does not begin with " + root.id);
    for (const e of all(root, "label[for]")) { inside(e.htmlFor, e); want(root.contains(e.control), "a label of another report"); }
    for (const e of all(root, "[aria-labelledby]")) inside(e.getAttribute("aria-labelledby"), e);
    for (const e of all(root, "a")) inside(e.hash.slice(1), e);
    for (const e of all(root, "input[type=radio]")) want(e.name.startsWith(root.id + "_"), "the name " + e.name);
    want(all(root, "input:checked").length == all(root, ".switch").length, "not one button of each switch is chosen in " + root.id);
  }

  // Whatever is chosen in one report, nothing changes in the others.
  const state = root => all(root, "input,select").map(e => e.type == "radio" ? e.checked : e.value).join() + all(root, "article,figure,tr,.tools").map(e => shown(e) ? 1 : 0).join("") + all(root, "article,th").map(e => e.id + e.getAttribute("aria-sort")).join();
  for (const root of roots) {
    const others = roots.filter(r => r != root), before = others.map(state), own = state(root);
    choose(root.querySelector("[data-find]"), "purchases", "input");
    choose(root.querySelector("[data-kind]"), "number");
    choose(root.querySelector("[data-order]"), "missing");
    choose(root.querySelector("[data-bins]"), "30");
    choose(root.querySelector("[data-findpair]"), "balance", "input");
    choose(root.querySelector("[data-x]"), "3");
    for (const set of all(root, ".switch")) all(set, "label")[1].click();
    for (const button of all(root, "th button")) button.click();
    want(state(root) != own, "nothing changes in " + root.id);
    others.forEach((other, i) => want(state(other) == before[i], root.id + " changes " + other.id));
    const figure = root.querySelector("[data-scatter]");
    want(shown(figure.querySelector("svg")), "no scatter in " + root.id);
  }
  for (const svg of all(page, "svg.hex path")) want(getComputedStyle(svg).fill != "rgb(0, 0, 0)", "a hexagon without a colour");
}
