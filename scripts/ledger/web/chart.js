"use strict";
// Charts: what stands at the pointer or under the arrow keys, and a logarithmic axis. chart.go draws the same without a script.

const box = {width: 440, height: 240, left: 56, right: 418, top: 10, bottom: 214};
const logarithmic = new Set(); // of which metrics the reader wants it
const minus = text => text.replaceAll("-", "−");

function svg(name, attributes, parent) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  parent?.append(e);
  return e;
}

function element(name, text, parent, attributes = {}) {
  const e = document.createElement(name);
  e.append(text);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  parent?.append(e);
  return e;
}

function grouped(text) {
  const [whole, rest] = text.replace("-", "").split(".");
  return (text.startsWith("-") ? "-" : "") + (whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole) + (rest === undefined ? "" : "." + rest);
}

function tickText(v, step, whole) {
  const size = Math.abs(v);
  if (v && (size >= (whole ? 1e8 : 1e6) || step < 1e-4)) {
    const decimals = Math.max(0, Math.ceil(Math.log10(size / step) - 1e-9));
    const [mantissa, exponent] = v.toExponential(Math.min(6, decimals)).split("e");
    return minus((mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa) + "e" + Number(exponent));
  }
  const text = grouped(v.toFixed(Math.min(20, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)))));
  return minus(/^[-0.]+$/.test(text) ? text.replace("-", "") : text);
}

// scale maps values to coordinates, and finds round numbers to mark.
function scale(low, high, begin, end, count, whole, log) {
  if (log) return logScale(low, high, begin, end);
  if (high / 2 - low / 2 == 0) {
    const pad = whole ? 1 : Math.max(Math.abs(low) * 0.1, 1e-12);
    low -= pad; high += pad;
  } else if (!whole) {
    const pad = high / 40 - low / 40;
    low -= pad; high += pad;
  }
  low = Math.max(low, -Number.MAX_VALUE); high = Math.min(high, Number.MAX_VALUE);
  const span = high / 2 - low / 2;
  let step = 10 ** Math.floor(Math.log10(2 * (span / count)));
  step *= [1, 2, 5, 10].find(m => 2 * span / (step * m) <= count) ?? 10;
  if (whole) step = Math.max(1, step);
  const at = v => begin + (end - begin) * ((v / 2 - low / 2) / span), ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high && ticks.length < 2 * count; i++) ticks.push([at(i * step), tickText(i * step, step, whole)]);
  return {at, ticks};
}

function logScale(low, high, begin, end) {
  let a = Math.log10(low), b = Math.log10(high);
  const pad = Math.max((b - a) / 40, 0.02);
  a -= pad; b += pad;
  const at = v => begin + (end - begin) * (Math.log10(v) - a) / (b - a), ticks = [];
  const every = Math.max(1, Math.ceil((b - a) / 6)), marks = b - a < 1 ? [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9] : b - a < 2.5 ? [1, 2, 5] : [1];
  for (let decade = Math.floor(a); decade <= b; decade++)
    for (const m of marks) {
      const v = Number(m + "e" + decade), t = Math.log10(v);
      if (t >= a && t <= b && (marks.length > 1 || decade % every == 0)) ticks.push([at(v), minus(v >= 1e-4 && v < 1e6 ? grouped(String(v)) : v.toExponential().replace("+", ""))]);
    }
  return {at, ticks};
}

// draw makes the picture of a chart's data.
function draw(data, log, label) {
  const drawable = v => v !== null && (!log || v > 0);
  let from = Infinity, to = -Infinity, low = Infinity, high = -Infinity;
  for (const line of data.lines)
    line.values.forEach((v, i) => {
      if (!drawable(v)) return;
      from = Math.min(from, line.steps[i]); to = Math.max(to, line.steps[i]);
      low = Math.min(low, v); high = Math.max(high, v);
    });
  const picture = svg("svg", {viewBox: `0 0 ${box.width} ${box.height}`, role: "img", "aria-label": label});
  if (from > to) return {picture, x: () => 0, y: () => 0, drawable};
  const x = scale(from, to, box.left, box.right, 6, true), y = scale(low, high, box.bottom, box.top, 6, false, log);
  const axis = svg("g", {class: "axis"}, picture);
  for (const [at, text] of y.ticks) {
    svg("path", {d: `M${box.left} ${at.toFixed(1)}H${box.right}`}, axis);
    svg("text", {class: "y", x: box.left, y: at.toFixed(1), dx: -6, dy: 4}, axis).append(text);
  }
  for (const [at, text] of x.ticks) svg("text", {class: "x", x: at.toFixed(1), y: box.bottom, dy: 16}, axis).append(text);
  const ends = [];
  data.lines.forEach((line, n) => {
    const g = svg("g", {class: `line s${n % 7} d${n % 4}`}, picture);
    let path = "", last;
    line.values.forEach((v, i) => {
      if (!drawable(v)) return;
      const px = x.at(line.steps[i]).toFixed(1), py = y.at(v).toFixed(1);
      const begins = i == 0 || !drawable(line.values[i - 1]), ends = i + 1 == line.values.length || !drawable(line.values[i + 1]);
      if (begins && ends) svg("circle", {cx: px, cy: py, r: 2.5}, g);
      else path += (begins ? "M" : "L") + px + " " + py;
      last = [px, py];
    });
    if (!last) return g.remove();
    svg("path", {d: path}, g);
    if (data.lines.length > 1) ends.push({g, n: n + 1, x: Number(last[0]), y: Number(last[1])});
  });
  spread(ends);
  for (const e of ends) svg("text", {x: e.x + 4, y: (e.y + 4).toFixed(1)}, e.g).append(e.n);
  return {picture, x: x.at, y: y.at, drawable};
}

// spread moves the numbers of lines that end close to each other apart.
function spread(ends) {
  const order = [...ends].sort((a, b) => a.y - b.y), apart = Math.min(11, (box.bottom - box.top) / Math.max(1, order.length - 1));
  for (let i = 1; i < order.length; i++)
    if (Math.abs(order[i - 1].x - order[i].x) < 14) order[i].y = Math.max(order[i].y, order[i - 1].y + apart);
  for (let i = order.length - 1, floor = box.bottom; i >= 0 && order[i].y > floor; i--) { order[i].y = floor; floor -= apart; }
}

// enhance gives a figure its button and its readout. It may be called again when the figure has changed.
function enhance(figure) {
  const source = figure.querySelector("script"), old = figure.querySelector("svg"), readout = figure.querySelector(".readout");
  if (!source || !old || old.enhanced) return;
  const data = JSON.parse(source.textContent), metric = figure.dataset.metric, log = logarithmic.has(metric);
  const positive = data.lines.some(line => line.values.some(v => v > 0));
  const drawn = draw(data, log && positive, old.getAttribute("aria-label"));
  drawn.picture.enhanced = true;
  drawn.picture.tabIndex = 0;
  const focused = old == document.activeElement;
  old.replaceWith(drawn.picture);
  if (focused) drawn.picture.focus({preventScroll: true});
  let button = figure.querySelector("button");
  if (!button && positive) {
    button = element("button", "log", figure.querySelector("figcaption"), {type: "button", "data-own": "", "aria-label": "logarithmic axis of " + metric});
    button.addEventListener("click", () => {
      logarithmic.has(metric) ? logarithmic.delete(metric) : logarithmic.add(metric);
      figure.querySelector("svg").enhanced = false;
      enhance(figure);
    });
  }
  button?.setAttribute("aria-pressed", log);
  const hidden = log ? data.lines.reduce((n, line) => n + line.values.filter(v => v !== null && v <= 0).length, 0) : 0;
  const idle = data.x + (hidden ? ` · ${grouped(String(hidden))} values up to 0 have no logarithm` : "");
  const say = text => readout.replaceChildren(...[text].flat().flatMap(part => [part, " "]));
  say(idle);
  follow(figure, drawn, data, say, idle);
}

// follow shows the values at the step that is nearest to the pointer, or that the arrow keys lead to.
function follow(figure, {picture, x, y, drawable}, data, say, idle) {
  const steps = [...new Set(data.lines.flatMap(line => line.steps.filter((_, i) => drawable(line.values[i]))))].sort((a, b) => a - b);
  if (!steps.length) return;
  let marks, at = -1;
  const hide = () => { marks?.remove(); marks = null; figure.step = undefined; say(idle); };
  const show = n => {
    at = n;
    marks?.remove();
    marks = svg("g", {}, picture);
    const step = figure.step = steps[n];
    svg("path", {class: "rule", d: `M${x(step).toFixed(1)} ${box.top}V${box.bottom}`}, marks);
    const parts = [element("span", data.x + " " + grouped(String(step)))];
    data.lines.forEach((line, k) => {
      let best = -1;
      line.steps.forEach((s, i) => { if (drawable(line.values[i]) && (best < 0 || Math.abs(s - step) < Math.abs(line.steps[best] - step))) best = i; });
      if (best < 0) return;
      const s = line.steps[best], v = line.values[best];
      if (s != step && data.lines.length > 1 && (step < line.steps[0] || step > line.steps.at(-1))) return;
      svg("circle", {class: "spot s" + k % 7, cx: x(s).toFixed(1), cy: y(v).toFixed(1), r: 3.5}, marks);
      const part = element("span", data.lines.length > 1 ? line.name + " " : "");
      element("b", minus(String(v)), part);
      if (s != step) part.append(` at ${grouped(String(s))}`);
      parts.push(part);
    });
    say(parts);
  };
  picture.addEventListener("pointermove", e => {
    const frame = picture.getBoundingClientRect(), px = (e.clientX - frame.left) * box.width / frame.width;
    let low = 0, high = steps.length - 1;
    while (low < high) { const mid = (low + high) >> 1; x(steps[mid]) < px ? low = mid + 1 : high = mid; }
    show(low > 0 && px - x(steps[low - 1]) < x(steps[low]) - px ? low - 1 : low);
  });
  picture.addEventListener("pointerleave", hide);
  picture.addEventListener("blur", hide);
  picture.addEventListener("keydown", e => {
    const to = {ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: steps.length - 1, PageUp: at - 50, PageDown: at + 50}[e.key];
    if (to === undefined) { if (e.key == "Escape") hide(); return; }
    e.preventDefault();
    show(Math.max(0, Math.min(steps.length - 1, to)));
  });
  if (figure.step !== undefined) show(Math.max(0, steps.findLastIndex(s => s <= figure.step))); // the curve is new, the reader is not
}

function enhanceAll() {
  for (const figure of document.querySelectorAll(".chart")) enhance(figure);
}

// The legend of several runs brings one of them forward.
for (const [event, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]])
  document.addEventListener(event, e => {
    const item = e.target.closest?.(".legend li");
    if (!item) return;
    for (const picture of document.querySelectorAll(".chart svg")) {
      picture.classList.toggle("faint", on);
      for (const g of picture.querySelectorAll(".line")) g.classList.toggle("strong", on && g.querySelector("text")?.textContent == item.dataset.line);
    }
  });
document.documentElement.classList.add("js");
document.addEventListener("DOMContentLoaded", enhanceAll);
